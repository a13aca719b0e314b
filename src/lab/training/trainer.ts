import { shapesOf, sizeOf } from "../networks/shapes.js";
import type { Examples, StepResult, Trainer, TrainerOptions } from "./engine.js";
import type { Learner } from "./learner.js";
import { matchState } from "./match-state.js";

/**
 * The largest `TrainerOptions.batch`: with the paper's networks it stays within WebAssembly's 4 GiB, and row numbers
 * within 31 bits.
 */
const LARGEST_BATCH = 4096;
/**
 * The name of the state that is no tensor of the network: how many steps were made, as low and high 16 bits, which f32
 * holds exactly.
 */
const STEPS = "steps";

/** Throws `RangeError` for options that no engine can work with. */
export function checkOptions({ batch, momentum, weightDecay = 0, seed }: TrainerOptions): void {
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= LARGEST_BATCH))
    throw new RangeError(`trainer: batch must be an integer from 1 to ${LARGEST_BATCH}, got ${batch}`);
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`trainer: momentum must lie in [0, 1), got ${momentum}`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw new RangeError(`trainer: weightDecay must be at least 0, got ${weightDecay}`);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw new RangeError(`trainer: the seed must be an integer in [0, 2^32), got ${seed}`);
}

/** A `Trainer` over a learner: what is checked, cut into batches and counted is the same whatever computes. */
export function createTrainer(learner: Learner, { network, batch: largest }: TrainerOptions): Trainer {
  const imageSize = sizeOf(network.input);
  const classes = shapesOf(network).at(-1)!.output.channels;
  const { parameters, velocities } = learner;
  let loaded: Examples | undefined;
  let steps = 0;
  let closed = false;

  const open = (): void => {
    if (closed) throw new Error("the trainer was closed");
  };

  return {
    async load(examples) {
      open();
      checkExamples(examples, imageSize, classes);
      loaded = examples;
    },

    async train(order, { batch, rate }) {
      open();
      if (loaded === undefined) throw new Error("trainer: load examples before training");
      if (!(Number.isInteger(batch) && batch >= 1 && batch <= largest))
        throw new RangeError(`trainer: batch must be an integer from 1 to ${largest}, for which the trainer was opened; got ${batch}`);
      if (!(rate >= 0 && Number.isFinite(rate))) throw new RangeError(`trainer: rate must be at least 0, got ${rate}`);
      const stranger = order.find((index) => index >= loaded!.count);
      if (stranger !== undefined) throw new RangeError(`trainer: there is no example ${stranger}, only ${loaded.count}`);
      const batches = blocks(order, batch);
      const sums = await learner.learn({ examples: loaded, batches, first: steps, rate });
      steps += batches.length;
      return mean(sums);
    },

    async evaluate(examples) {
      open();
      checkExamples(examples, imageSize, classes);
      const all = Uint32Array.from({ length: examples.count }, (_, index) => index);
      return mean(await learner.evaluate({ examples, batches: blocks(all, largest) }));
    },

    async parameters() {
      open();
      return learner.read(parameters);
    },

    async state() {
      open();
      const made = { name: STEPS, shape: [2], values: Float32Array.of(steps % 65536, Math.floor(steps / 65536)) };
      return [...(await learner.read([...parameters, ...velocities])), made];
    },

    async restore(state) {
      open();
      const found = matchState(state, [...parameters, ...velocities, { name: STEPS, shape: [2] }]);
      await learner.write(found);
      const [low, high] = found.get(STEPS)!;
      steps = high * 65536 + low;
    },

    close() {
      if (!closed) learner.close();
      closed = true;
      loaded = undefined;
    },
  };
}

/** Consecutive runs of `size`, the last one shorter where they do not divide. */
function blocks(order: Uint32Array, size: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, index) => order.subarray(index * size, (index + 1) * size));
}

/** The mean loss from its sum. NaN for no examples. */
function mean({ loss, correct, examples }: StepResult): StepResult {
  return { loss: loss / examples, correct, examples };
}

function checkExamples({ count, images, labels }: Examples, imageSize: number, classes: number): void {
  if (images.length !== count * imageSize)
    throw new RangeError(`trainer: ${count} examples of ${imageSize} values need ${count * imageSize}, got ${images.length}`);
  if (labels.length !== count) throw new RangeError(`trainer: ${count} examples need as many labels, got ${labels.length}`);
  const stranger = labels.findIndex((label) => label >= classes);
  if (stranger >= 0)
    throw new RangeError(`trainer: label ${labels[stranger]} of example ${stranger} is none of the network's ${classes} classes`);
}
