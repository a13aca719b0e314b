import type { Layer } from "../../layers/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import type { ColumnWorker } from "../column-work.js";
import type { LayerResult } from "../layer-result.js";
import type { OptionalColumns } from "../optional-columns.js";
import type { ExtraName, ResolvedOptions } from "../options.js";
import type { LayerRecord } from "../report.js";
import type { Need } from "./needs.js";
import type { PermutedSpectra } from "./permuted-spectra.js";

/** The options that ask for optional measurements, and the seed. */
export type ExtrasRequest = Pick<ResolvedOptions, ExtraName | "seed">;

/** What the measurements of one layer run on. */
export interface ExtrasContext {
  readonly request: ExtrasRequest;
  /** Computes spectra and eigenvectors, at the layer's precision. */
  readonly pool: SpectralPool;
  /** Computes the slow fits and measures. */
  readonly columnWorker: ColumnWorker;
  /** The spectra of the layer with its entries permuted. All measurements of a layer share them. */
  readonly permutedSpectra: PermutedSpectra;
  readonly signal?: AbortSignal | undefined;
}

/** A measurement that an option asks for. */
export interface Extra {
  /** The option that asks for it. */
  readonly name: ExtraName;
  /**
   * Raise it whenever the values of the same spectrum, weights and options change, also if a fit changes that the
   * values follow (the power law, the edge of the bulk, the validity of alpha). Stored values of an older version are
   * not used.
   */
  readonly version: number;
  /** The columns that these options ask for, in the report's order. Empty if they do not ask for this measurement. */
  columns(request: ExtrasRequest): readonly (keyof OptionalColumns)[];
  /**
   * Floating-point operations on the pool beyond those of the layer's own spectrum. 0 if the options do not ask for
   * this measurement. Work that two measurements share counts for one of them.
   */
  work(layer: Layer, request: ExtrasRequest): number;
  /**
   * What it needs beyond the layer's spectrum. A layer that is too large for a need gets a note, and the columns that
   * depend on the need are null; `measure` gives the others.
   */
  needs(request: ExtrasRequest): readonly Need[];
  /**
   * The part of the request, and of the layer's plan, that its values depend on, as plain JSON. With `name`, `version`
   * and the layer (its weights, spectrum and precision) it identifies the values.
   */
  parameters(
    request: ExtrasRequest,
    layer?: Pick<Layer, "heads">,
  ): Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /**
   * Measures a layer. Resolves to columns of `columns(request)`, and for `bootstrap` also alpha_low and alpha_high.
   * Columns without a value may be absent; without a spectrum all are. Rejects if the weights cannot be read again, or
   * with the signal's reason.
   */
  measure(result: LayerResult, context: ExtrasContext): Promise<Partial<LayerRecord>>;
}
