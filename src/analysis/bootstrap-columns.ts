import { goodnessFromDistances, powerLawUncertainty } from "../tails/index.js";
import type { ColumnWorker } from "./column-work.js";
import { drawInShares } from "./draw-in-shares.js";
import type { LayerResult } from "./layer-result.js";
import type { BootstrapColumns } from "./optional-columns.js";

export interface BootstrapOptions {
  readonly seed: number;
  readonly replicates: number;
  readonly worker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/** Intervals of alpha and xmin, and the p-value of the power law, from so many replicates each. Rejects when aborted. */
export async function bootstrapColumns(
  { spectrum, tail }: LayerResult,
  { seed, replicates, worker, signal }: BootstrapOptions,
): Promise<Partial<BootstrapColumns>> {
  if (spectrum === null || tail === null) return {};
  const values = spectrum.eigenvalues;
  const drawn = await drawInShares(values, { seed: seed % 2 ** 32, from: 0, to: replicates }, { worker, signal });
  const uncertainty = powerLawUncertainty(tail, drawn);
  return {
    alpha_low: uncertainty?.alpha.low ?? null,
    alpha_high: uncertainty?.alpha.high ?? null,
    alpha_se: uncertainty?.alphaSe ?? null,
    xmin_low: uncertainty?.xmin.low ?? null,
    xmin_high: uncertainty?.xmin.high ?? null,
    power_law_p: goodnessFromDistances(values, drawn.distances)?.p ?? null,
  };
}
