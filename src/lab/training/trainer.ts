import { shapesOf, sizeOf } from "../networks/shapes.js";
import type { Examples, StepResult, Trainer, TrainerOptions } from "./engine.js";
import type { Learner } from "./learner.js";
import { matchState } from "./match-state.js";

/**
 * The largest `TrainerOptions.batch`. With it, the paper's networks need less than WebAssembly's 4 GiB, and row numbers
 * less than 31 bits.
 */
const MAX_BATCH = 4096;
/**
 * Name of the state's tensor that is not part of the network: the number of steps, as low and high 16 bits, which f32
 * holds exactly.
 */
const STEPS_TENSOR = "steps";

/** Throws `RangeError` for options that no engine can work with. */
export function checkOptions({ batch, momentum, weightDecay = 0, seed }: TrainerOptions): void {
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH))
    throw new RangeError(`trainer: batch must be an integer from 1 to ${MAX_BATCH}, got ${batch}`);
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`trainer: momentum must lie in [0, 1), got ${momentum}`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw new RangeError(`trainer: weightDecay must be at least 0, got ${weightDecay}`);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw new RangeError(`trainer: the seed must be an integer in [0, 2^32), got ${seed}`);
}

/** Makes a `Trainer` of a learner. Checks, batches and counts are the same for every engine. */
export function createTrainer(learner: Learner, { network, batch: largest }: TrainerOptions): Trainer {
  const imageSize = sizeOf(network.input);
  const classes = shapesOf(network).at(-1)!.output.channels;
  const { parameters, velocities } = learner;
  let loaded: Examples | undefined;
  let steps = 0;
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw new Error("the trainer was closed");
  };

  return {
    async load(examples) {
      assertOpen();
      checkExamples(examples, imageSize, classes);
      loaded = examples;
    },

    async train(order, { batch, rate }) {
      assertOpen();
      if (loaded === undefined) throw new Error("trainer: load examples before training");
      if (!(Number.isInteger(batch) && batch >= 1 && batch <= largest))
        throw new RangeError(
          `trainer: batch must be an integer from 1 to ${largest}, for which the trainer was opened; got ${batch}`,
        );
      if (!(rate >= 0 && Number.isFinite(rate))) throw new RangeError(`trainer: rate must be at least 0, got ${rate}`);
      const badIndex = order.find((index) => index >= loaded!.count);
      if (badIndex !== undefined)
        throw new RangeError(`trainer: there is no example ${badIndex}, only ${loaded.count}`);
      const batches = blocks(order, batch);
      const sums = await learner.learn({ examples: loaded, batches, first: steps, rate });
      steps += batches.length;
      return mean(sums);
    },

    async evaluate(examples) {
      assertOpen();
      checkExamples(examples, imageSize, classes);
      const all = Uint32Array.from({ length: examples.count }, (_, index) => index);
      return mean(await learner.evaluate({ examples, batches: blocks(all, largest) }));
    },

    async parameters() {
      assertOpen();
      return learner.read(parameters);
    },

    async state() {
      assertOpen();
      const made = {
        name: STEPS_TENSOR,
        shape: [2],
        values: Float32Array.of(steps % 65536, Math.floor(steps / 65536)),
      };
      return [...(await learner.read([...parameters, ...velocities])), made];
    },

    async restore(state) {
      assertOpen();
      const found = matchState(state, [...parameters, ...velocities, { name: STEPS_TENSOR, shape: [2] }]);
      await learner.write(found);
      const [low, high] = found.get(STEPS_TENSOR)!;
      steps = high * 65536 + low;
    },

    close() {
      if (!closed) learner.close();
      closed = true;
      loaded = undefined;
    },
  };
}

/** Consecutive blocks of `size` indices. The last may be shorter. */
function blocks(order: Uint32Array, size: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
    order.subarray(index * size, (index + 1) * size),
  );
}

/** The mean loss from its sum. NaN for no examples. */
function mean({ loss, correct, examples }: StepResult): StepResult {
  return { loss: loss / examples, correct, examples };
}

function checkExamples({ count, images, labels }: Examples, imageSize: number, classes: number): void {
  if (images.length !== count * imageSize)
    throw new RangeError(
      `trainer: ${count} examples of ${imageSize} values need ${count * imageSize}, got ${images.length}`,
    );
  if (labels.length !== count)
    throw new RangeError(`trainer: ${count} examples need as many labels, got ${labels.length}`);
  const badIndex = labels.findIndex((label) => label >= classes);
  if (badIndex >= 0)
    throw new RangeError(
      `trainer: label ${labels[badIndex]} of example ${badIndex} is not one of the network's ${classes} classes`,
    );
}
