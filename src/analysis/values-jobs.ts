import type { LayerHeads } from "../layers/index.js";
import type { Extra, ExtrasRequest } from "./extras/extra.js";
import { PERMUTED_NULL_VERSION } from "./permuted-null.js";
import type { Digest } from "./store/digest.js";
import type { ValuesJob } from "./store/recall.js";

/** The layer whose weights are measured: its spectrum, and its number, which seeds its permutations. */
export interface MeasuredLayer {
  /** The key of its spectrum. */
  readonly spectrum: Digest;
  readonly index: number;
  readonly heads?: LayerHeads | undefined;
}

/** The job of the null from permuted entries that the tests of a masked layer need. */
export function permutedNullJob({ spectrum, index }: MeasuredLayer, { seed }: Pick<ExtrasRequest, "seed">): ValuesJob {
  return { spectrum, name: "permuted-null", version: PERMUTED_NULL_VERSION, parameters: { seed, layer: index } };
}

/** The job of an optional measurement, kept like a spectrum. */
export function extraJob(
  { spectrum, index, heads }: MeasuredLayer,
  { name, version, parameters }: Pick<Extra, "name" | "version" | "parameters">,
  request: ExtrasRequest,
): ValuesJob {
  return {
    spectrum,
    name,
    version,
    parameters: { ...parameters(request, heads === undefined ? {} : { heads }), layer: index },
  };
}
