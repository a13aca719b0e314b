import { AXES, type Axes, type Axis, type Experiment, type TrainingSettings } from "./experiment.js";

/** One training of a sweep. */
export interface PlannedRun {
  /** Says what distinguishes it, and is the name of its folder: b32-seed1, b16-l2_0.0001-seed1. */
  readonly id: string;
  readonly settings: TrainingSettings;
  /** A measure of its cost, for order and time left only. */
  readonly work: number;
}

/** Epochs at which something is recorded where the experiment does not say: the first are where most happens. */
const USUAL_EPOCHS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
/** More runs than this are a mistake in the axes. */
const MOST_RUNS = 10_000;
/**
 * What a step costs besides its examples, in examples: the update of all weights. Measured with the quick recipe's
 * network: 2694 images a second at b = 32, 1905 at b = 2.
 */
const STEP_COST = 0.8;

/** The single training of an experiment: its own values, or the first of an axis that has only one. */
export function planTraining(experiment: Experiment): PlannedRun {
  return plannedRun(experiment, {});
}

/**
 * Every combination of the axes' values, the longest first, so that no core is left with the longest run at the end.
 * Throws `RangeError` for too many.
 */
export function planSweep(experiment: Experiment): PlannedRun[] {
  const count = AXES.reduce((product, axis) => product * (experiment.axes[axis]?.length ?? 1), 1);
  if (count > MOST_RUNS) throw new RangeError(`the axes make ${count} runs, at most ${MOST_RUNS} are taken; give them fewer values`);
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
  const stepsAnEpoch = Math.ceil(examples / values.batch);
  const epochs = "epochs" in length ? length.epochs : Math.ceil(length.steps / stepsAnEpoch);
  const settings: TrainingSettings = {
    ...values,
    epochs,
    steps: "steps" in length ? length.steps : null,
    record: recordedEpochs(record, epochs),
  };
  const steps = settings.steps ?? epochs * stepsAnEpoch;
  return { id: runId(settings, axes), settings, work: steps * (values.batch + STEP_COST) };
}

function recordedEpochs(asked: readonly number[] | null, epochs: number): number[] {
  const inside = (asked ?? USUAL_EPOCHS).filter((epoch) => epoch < epochs);
  return [...new Set([...inside, epochs])].sort((a, b) => a - b);
}

const SHORT: Readonly<Record<Axis, string>> = {
  batch: "b",
  rate: "rate_",
  weightDecay: "decay_",
  l2: "l2_",
  dropout: "dropout_",
  seed: "seed",
};

/** Batch size and seed always, the other settings where they are an axis. */
function runId(settings: TrainingSettings, axes: Axes): string {
  const named = AXES.filter((axis) => axis === "batch" || axis === "seed" || axes[axis] !== undefined);
  return named.map((axis) => `${SHORT[axis]}${settings[axis]}`).join("-");
}
