import type { Progress } from "../analysis/index.js";
import { shortNames } from "../rank/names.js";

/** What a progress bar shows of a ranking: layers and work of all models, and which model is at work. */
export interface RankProgress extends Progress<{ readonly record: { readonly name: string } }> {
  readonly layersTotal: number;
}

/**
 * Makes the progress over all models from that of each. The models that are not planned yet count as much as the mean
 * of those that are. The name says which model it is: `model 3 of 27, step-300: fc1`.
 */
export function rankProgress(paths: readonly string[]): (now: Progress, model: number) => RankProgress {
  const names = shortNames(paths);
  const planned = new Map<number, Progress>();
  return (now, model) => {
    planned.set(model, now);
    const known = [...planned.values()];
    const sum = (value: (progress: Progress) => number): number =>
      known.reduce((total, progress) => total + value(progress), 0);
    const expected = (value: (progress: Progress) => number): number =>
      (sum(value) * Math.max(1, paths.length - model - 1 + known.length)) / known.length;
    const layer = now.last === undefined ? "" : `: ${now.last.record.name}`;
    return {
      layersDone: sum(({ layersDone }) => layersDone),
      layersTotal: Math.round(expected(({ layersTotal }) => layersTotal)),
      workDone: sum(({ workDone }) => workDone),
      workTotal: expected(({ workTotal }) => workTotal),
      last: { record: { name: `model ${model + 1} of ${paths.length}, ${names[model]}${layer}` } },
    };
  };
}
