import { AXES, type Axes, type Axis, type Experiment, type TrainingSettings } from "./experiment.js";

/** One training of a sweep. */
export interface PlannedRun {
  /** Its settings in short, also the name of its folder: b32-seed1, b16-l2_0.0001-seed1. */
  readonly id: string;
  readonly settings: TrainingSettings;
  /** Estimate of its cost, used only for the order of runs and the time left. */
  readonly work: number;
}

/** Epochs that are recorded by default. Most changes happen in the first epochs. */
const DEFAULT_RECORDED_EPOCHS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
/** Most runs of a sweep. More are probably a mistake in the axes. */
const MAX_RUNS = 10_000;
/**
 * Fixed cost of a step (the update of all weights), in the cost of one example. Measured with the quick recipe's
 * network: 2694 images per second at b = 32, 1905 at b = 2.
 */
const STEP_COST_EXAMPLES = 0.8;

/** Plans the single training of an experiment, without its axes. */
export function planTraining(experiment: Experiment): PlannedRun {
  return plannedRun(experiment, {});
}

/**
 * Plans every combination of the axes' values, longest run first, so that the longest run does not end alone. Throws
 * `RangeError` for too many.
 */
export function planSweep(experiment: Experiment): PlannedRun[] {
  const count = AXES.reduce((product, axis) => product * (experiment.axes[axis]?.length ?? 1), 1);
  if (count > MAX_RUNS) throw new RangeError(`the axes make ${count} runs, more than ${MAX_RUNS}; give fewer values`);
  let points: Partial<Record<Axis, number>>[] = [{}];
  for (const axis of AXES) {
    const values = experiment.axes[axis];
    if (values !== undefined) points = points.flatMap((point) => values.map((value) => ({ ...point, [axis]: value })));
  }
  return points.map((point) => plannedRun(experiment, point)).sort((a, b) => b.work - a.work);
}

function plannedRun({ base, length, record, axes }: Experiment, point: Partial<Record<Axis, number>>): PlannedRun {
  const values = { ...base, ...point };
  const examples = values.data.train;
  const stepsPerEpoch = Math.ceil(examples / values.batch);
  const epochs = "epochs" in length ? length.epochs : Math.ceil(length.steps / stepsPerEpoch);
  const settings: TrainingSettings = {
    ...values,
    epochs,
    steps: "steps" in length ? length.steps : null,
    record: recordedEpochs(record, epochs),
  };
  const steps = settings.steps ?? epochs * stepsPerEpoch;
  return { id: runId(settings, axes), settings, work: steps * (values.batch + STEP_COST_EXAMPLES) };
}

function recordedEpochs(asked: readonly number[] | null, epochs: number): number[] {
  const inside = (asked ?? DEFAULT_RECORDED_EPOCHS).filter((epoch) => epoch < epochs);
  return [...new Set([...inside, epochs])].sort((a, b) => a - b);
}

const ID_PREFIXES: Readonly<Record<Axis, string>> = {
  batch: "b",
  rate: "rate_",
  weightDecay: "decay_",
  l2: "l2_",
  dropout: "dropout_",
  seed: "seed",
};

/** The id always has batch size and seed, and every other setting that is an axis. */
function runId(settings: TrainingSettings, axes: Axes): string {
  const named = AXES.filter((axis) => axis === "batch" || axis === "seed" || axes[axis] !== undefined);
  return named.map((axis) => `${ID_PREFIXES[axis]}${settings[axis]}`).join("-");
}
