import { goodnessFromDistances, powerLawUncertainty } from "../tails/index.js";
import type { ColumnWorker } from "./column-work.js";
import { drawInShares } from "./draw-in-shares.js";
import type { LayerResult } from "./layer-result.js";
import type { BootstrapColumns } from "./optional-columns.js";
import type { LayerRecord } from "./report.js";

export interface BootstrapOptions {
  readonly seed: number;
  readonly replicates: number;
  readonly worker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/**
 * Intervals of alpha and xmin, and the p-value of the power law, each from `replicates` replicates. Rejects when
 * aborted.
 */
export async function bootstrapColumns(
  { spectrum, tail }: LayerResult,
  { seed, replicates, worker, signal }: BootstrapOptions,
): Promise<Partial<BootstrapColumns & Pick<LayerRecord, "alpha_low" | "alpha_high">>> {
  if (spectrum === null || tail === null) return {};
  const values = spectrum.eigenvalues;
  const drawn = await drawInShares(values, { seed: seed % 2 ** 32, from: 0, to: replicates }, { worker, signal });
  const uncertainty = powerLawUncertainty(tail, drawn);
  return {
    ...(uncertainty !== null && { alpha_low: uncertainty.alpha.low, alpha_high: uncertainty.alpha.high }),
    alpha_se: uncertainty?.alphaSe ?? null,
    xmin_low: uncertainty?.xmin.low ?? null,
    xmin_high: uncertainty?.xmin.high ?? null,
    power_law_p: goodnessFromDistances(values, drawn.distances)?.p ?? null,
  };
}
