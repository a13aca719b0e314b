import { goodnessFromDistances, powerLawUncertainty } from "../../tails/index.js";
import type { LayerResult } from "../layer-result.js";
import { BOOTSTRAP_COLUMNS, type BootstrapColumns } from "../optional-columns.js";
import type { LayerRecord } from "../report.js";
import { drawInShares } from "./draw-in-shares.js";
import type { Extra, ExtrasContext } from "./extra.js";

/** The uncertainty of the power law by resampling, on the column worker. */
export const BOOTSTRAP: Extra = {
  name: "bootstrap",
  version: 1,
  columns: ({ bootstrap }) => (bootstrap > 0 ? BOOTSTRAP_COLUMNS : []),
  work: () => 0,
  needs: () => [],
  parameters: ({ bootstrap, seed }) => ({ replicates: bootstrap, seed }),
  measure: bootstrapColumns,
};

/** Intervals of alpha and xmin, and the p-value of the power law, each from as many replicates as the option says. */
async function bootstrapColumns(
  { spectrum, tail }: LayerResult,
  { request: { bootstrap, seed }, columnWorker, signal }: ExtrasContext,
): Promise<Partial<BootstrapColumns & Pick<LayerRecord, "alpha_low" | "alpha_high">>> {
  if (spectrum === null || tail === null) return {};
  const values = spectrum.eigenvalues;
  const drawn = await drawInShares(
    values,
    { seed: seed % 2 ** 32, from: 0, to: bootstrap },
    { worker: columnWorker, signal },
  );
  const uncertainty = powerLawUncertainty(tail, drawn);
  return {
    ...(uncertainty !== null && { alpha_low: uncertainty.alpha.low, alpha_high: uncertainty.alpha.high }),
    alpha_se: uncertainty?.alphaSe ?? null,
    xmin_low: uncertainty?.xmin.low ?? null,
    xmin_high: uncertainty?.xmin.high ?? null,
    power_law_p: goodnessFromDistances(values, drawn.distances)?.p ?? null,
  };
}
