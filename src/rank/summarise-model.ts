import { hasSpectrum } from "../analysis/summary.js";
import { median } from "../numeric/index.js";
import { type Averages, perColumn, perPhase } from "./columns.js";
import { groupOf } from "./groups.js";
import type { ModelSummary } from "./ranked-model.js";
import { type SummarisedLayer, weightWatcherSummary } from "./weightwatcher-summary.js";

/** The row of a model from the results of its layers. Pure. */
export function summariseModel(results: readonly SummarisedLayer[]): ModelSummary {
  const layers = results.map(({ record }) => record);
  const analysed = layers.filter(hasSpectrum);
  const valid = analysed.filter(({ alpha_valid }) => alpha_valid);
  const phases = perPhase((name) => analysed.filter(({ phase }) => (phase ?? "undecided") === name).length);
  const over = (chosen: typeof layers, average: (values: readonly number[]) => number): Averages =>
    perColumn((column) => {
      const values = chosen.map((layer) => layer[column]).filter((value) => value !== null && Number.isFinite(value));
      return values.length === 0 ? null : average(values as number[]);
    });
  return {
    layers: layers.length,
    failed_layers: layers.length - analysed.length,
    valid_layers: valid.length,
    phases,
    phase_shares: analysed.length === 0 ? null : perPhase((name) => phases[name] / analysed.length),
    means: over(analysed, mean),
    valid_means: over(valid, mean),
    medians: over(analysed, median),
    valid_medians: over(valid, median),
    weightwatcher: weightWatcherSummary(results),
    group: groupOf(layers),
  };
}

/** The row of a model of which nothing could be analysed. */
export const NOTHING_SUMMARISED: ModelSummary = summariseModel([]);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
