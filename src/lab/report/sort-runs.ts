import { AXES, type Axis, type TrainingSettings } from "../experiments/experiment.js";
import type { Run } from "../experiments/run-record.js";

/**
 * The settings in which the runs of a sweep differ, except seeds, in the order of the axes. The batch size if they do
 * not differ.
 */
export function variedAxes(runs: readonly Pick<Run, "settings">[]): Axis[] {
  const varied = AXES.filter((axis) => axis !== "seed" && new Set(runs.map(({ settings }) => settings[axis])).size > 1);
  return varied.length === 0 ? ["batch"] : varied;
}

/** Order of runs: batch sizes from large to small as in the paper, everything else ascending. */
export function compareSettings(a: TrainingSettings, b: TrainingSettings): number {
  for (const axis of AXES) {
    const difference = (a[axis] ?? 0) - (b[axis] ?? 0);
    if (difference !== 0) return axis === "batch" ? -difference : difference;
  }
  return 0;
}

const SYMBOLS: Readonly<Record<Axis, string>> = {
  batch: "b",
  rate: "rate",
  weightDecay: "weight decay",
  l2: "L2",
  dropout: "dropout",
  seed: "seed",
};

/** Name of an axis in tables and charts. */
export function axisName(axis: Axis): string {
  return SYMBOLS[axis];
}

/** A setting's value as text. */
export function axisValue(settings: TrainingSettings, axis: Axis): string {
  const value = settings[axis];
  return value === null ? "as built" : String(value);
}
