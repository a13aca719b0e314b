import type { Axes, Axis, Experiment } from "./experiment.js";
import { fieldsOf } from "./fields.js";
import { readAxes } from "./parse-experiment.js";

/** The settings of an experiment that the command line changes. */
export interface Overrides {
  /** One value sets the setting; several values make it an axis. */
  readonly axes?: Axes;
  readonly epochs?: number | undefined;
  readonly train?: number | undefined;
  readonly test?: number | undefined;
}

/**
 * An experiment with some of its settings changed. Throws `RangeError` if `train` or `test` is larger than in the
 * experiment, and `FormatError` for values that are also invalid in a file.
 */
export function withOverrides(experiment: Experiment, { axes = {}, epochs, train, test }: Overrides): Experiment {
  const { data } = experiment.base;
  for (const [name, asked, has] of [["train", train, data.train] as const, ["test", test, data.test] as const]) {
    if (asked !== undefined && asked > has)
      throw new RangeError(`--${name} ${asked}: this experiment has ${has} images of ${data.set}`);
  }
  let { base } = experiment;
  const merged: Partial<Record<Axis, readonly number[]>> = { ...experiment.axes };
  for (const [axis, values] of Object.entries(readAxes(fieldsOf(axes, "the command line"))) as [
    Axis,
    readonly number[],
  ][]) {
    if (values.length === 1) {
      base = { ...base, [axis]: values[0] };
      delete merged[axis];
    } else merged[axis] = values;
  }
  return {
    ...experiment,
    length: epochs === undefined ? experiment.length : { epochs },
    base: { ...base, data: { ...data, train: train ?? data.train, test: test ?? data.test } },
    axes: merged,
  };
}
