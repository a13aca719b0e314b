import { type Averages, perColumn, perPhase, type RankColumn } from "#eigenscope/rank/columns.js";
import type { RankedModel } from "#eigenscope/rank/ranked-model.js";

/** Averages in which only these columns are there. */
export function averages(values: Partial<Record<RankColumn, number>> = {}): Averages {
  return perColumn((column) => values[column] ?? null);
}

/** A ranked model in which everything is there; what a test is about is overridden. */
export function rankedModel(overrides: Partial<RankedModel> = {}): RankedModel {
  const { name = "model" } = overrides;
  return {
    ...{ name, path: name, status: "success", reason: null, group: "usual", family: 1, score: null },
    ...{ layers: 4, failed_layers: 0, valid_layers: 2, solved: 4, reused: 0, warnings: [] },
    phases: perPhase((phase) => (phase === "heavy-tailed" ? 4 : 0)),
    phase_shares: perPhase((phase) => (phase === "heavy-tailed" ? 1 : 0)),
    means: averages(),
    valid_means: averages(),
    medians: averages(),
    valid_medians: averages(),
    weightwatcher: {
      ...{ log_norm: null, alpha: null, alpha_weighted: null, log_alpha_norm: null },
      ...{ log_spectral_norm: null, stable_rank: null },
    },
    ...overrides,
  };
}
