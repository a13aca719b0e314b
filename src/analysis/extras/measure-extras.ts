import type { Layer } from "../../layers/index.js";
import type { LayerResult } from "../layer-result.js";
import { nullColumns, type OptionalColumns } from "../optional-columns.js";
import type { LayerRecord } from "../report.js";
import { layerVerdict } from "../verdict.js";
import type { Extra, ExtrasContext, ExtrasRequest } from "./extra.js";
import { EXTRAS } from "./index.js";
import { NEEDS } from "./needs.js";
import { permutedSpectra } from "./permuted-spectra.js";

/** The measurements that the options ask for, in the order of `EXTRAS`. */
export function extrasAsked(request: ExtrasRequest): readonly Extra[] {
  return EXTRAS.filter((extra) => extra.columns(request).length > 0);
}

/** The optional columns that the options ask for, in the report's order. */
export function extraColumns(request: ExtrasRequest): readonly (keyof OptionalColumns)[] {
  return EXTRAS.flatMap((extra) => extra.columns(request));
}

/** Floating-point operations of all optional measurements of a layer on the pool, beyond those of its own spectrum. */
export function extrasWork(layer: Layer, request: ExtrasRequest): number {
  return EXTRAS.reduce((sum, extra) => sum + extra.work(layer, request), 0);
}

/** What of the asked-for measurements this layer is too large for, as its notes say it. */
export function extrasObjections(layer: Pick<Layer, "source">, request: ExtrasRequest): readonly string[] {
  const needed = new Set(EXTRAS.flatMap((extra) => extra.needs(request)));
  return NEEDS.filter((need) => needed.has(need))
    .map((need) => need.objection(layer))
    .filter((objection) => objection !== null);
}

/** Gives the kept columns of a measurement, or computes and keeps them. */
export type ExtrasRecall = (
  extra: Extra,
  compute: () => Promise<Partial<LayerRecord>>,
) => Promise<Partial<LayerRecord>>;

/** The context of one layer's measurements. */
export function extrasContext(layer: Layer, run: Omit<ExtrasContext, "permutedSpectra">): ExtrasContext {
  const { request, pool, signal } = run;
  return { ...run, permutedSpectra: permutedSpectra(layer, { seed: request.seed, pool, signal }) };
}

/**
 * Makes the asked-for optional measurements of a layer, one after the other, and adds their columns to its row
 * (`withExtras`). Spectra and eigenvectors run on the pool, slow fits and measures on the column worker. Rejects if the
 * weights cannot be read again, or with the signal's reason.
 */
export async function measureExtras(
  result: LayerResult,
  {
    recall = (_, compute) => compute(),
    ...run
  }: Omit<ExtrasContext, "permutedSpectra"> & { readonly recall?: ExtrasRecall | undefined },
): Promise<LayerResult> {
  const measured: Partial<LayerRecord>[] = [];
  if (result.spectrum !== null) {
    const context = extrasContext(result.layer, run);
    for (const extra of extrasAsked(run.request))
      measured.push(await recall(extra, () => extra.measure(result, context)));
  }
  return withExtras(result, run.request, measured);
}

/**
 * Adds optional columns to a measured layer. `measured` has the columns of the asked-for measurements. Asked-for
 * columns that are not in it become null; notes say what the layer was too large for. The verdict is made again,
 * because correlation traps can change it. Pure. Returns `result` itself if the options ask for nothing.
 */
export function withExtras(
  result: LayerResult,
  request: ExtrasRequest,
  measured: readonly Partial<LayerRecord>[],
): LayerResult {
  const columns = extraColumns(request);
  if (columns.length === 0) return result;
  const { layer, spectrum, record } = result;
  // Without a spectrum the row's reason says why everything is null.
  const notes = spectrum === null ? [] : extrasObjections(layer, request);
  const row: LayerRecord = Object.assign({ ...record, ...nullColumns(columns) }, ...measured, {
    notes: [...record.notes, ...notes],
  });
  return { ...result, record: { ...row, ...layerVerdict(row) } };
}
