import { shapesOf, sizeOf } from "../networks/shapes.js";
import type { Examples, StepResult, TrainedTensor, Trainer, TrainerOptions } from "./engine.js";
import { matchState } from "./match-state.js";
import type { Model, ModelTensor } from "./model.js";
import { softmaxLoss } from "./softmax-loss.js";

/** The largest `TrainerOptions.batch`: with the paper's networks it stays within WebAssembly's 4 GiB, and row numbers within 31 bits. */
const LARGEST_BATCH = 4096;
/** The name of the state that is no tensor of the network: how many steps were made, as low and high 16 bits, which f32 holds exactly. */
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

/** A `Trainer` over a model: batches, losses, counts and state, which are the same whatever computes. */
export function createTrainer(model: Model, { network, loss, batch: largest }: TrainerOptions): Trainer {
  const imageSize = sizeOf(network.input);
  const classes = shapesOf(network).at(-1)!.output.channels;
  const labels = new Uint8Array(largest);
  let loaded: Examples | undefined;
  let steps = 0;
  let closed = false;

  const open = (): void => {
    if (closed) throw new Error("the trainer was closed");
  };

  const gather = (examples: Examples, indices: Uint32Array): void => {
    indices.forEach((index, place) => {
      if (index >= examples.count) throw new RangeError(`trainer: there is no example ${index}, only ${examples.count}`);
      model.input.set(examples.images.subarray(index * imageSize, (index + 1) * imageSize), place * imageSize);
      labels[place] = examples.labels[index];
    });
  };

  const step = (count: number, rate: number): StepResult => {
    model.forward(count, steps++);
    const { logits, logitGradients: gradients } = model;
    const batch = softmaxLoss({ loss, logits, gradients, labels, count, classes });
    const penalty = model.penalty();
    model.learn(count, rate);
    return { loss: batch.loss + count * penalty, correct: batch.correct, examples: count };
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
      const results = blocks(order, batch).map((indices) => {
        gather(loaded!, indices);
        return step(indices.length, rate);
      });
      return total(results);
    },

    async evaluate(examples) {
      open();
      checkExamples(examples, imageSize, classes);
      const all = Uint32Array.from({ length: examples.count }, (_, index) => index);
      const results = blocks(all, largest).map((indices) => {
        gather(examples, indices);
        const count = indices.length;
        model.forward(count, null);
        return { ...softmaxLoss({ loss, logits: model.logits, labels, count, classes }), examples: count };
      });
      return total(results);
    },

    async parameters() {
      open();
      return model.parameters.map(copyOf);
    },

    async state() {
      open();
      const made = { name: STEPS, shape: [2], values: Float32Array.of(steps % 65536, Math.floor(steps / 65536)) };
      return [...model.parameters.map(copyOf), ...model.velocities.map(copyOf), made];
    },

    async restore(state) {
      open();
      const made = { name: STEPS, shape: [2] };
      const tensors = [...model.parameters, ...model.velocities];
      const found = matchState(state, [...tensors, made]);
      tensors.forEach((tensor) => {
        tensor.write(found.get(tensor.name)!);
      });
      const [low, high] = found.get(STEPS)!;
      steps = high * 65536 + low;
    },

    close() {
      closed = true;
      loaded = undefined;
    },
  };
}

function copyOf({ name, shape, read }: ModelTensor): TrainedTensor {
  return { name, shape, values: read() };
}

/** Consecutive runs of `size`, the last one shorter where they do not divide. */
function blocks(order: Uint32Array, size: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, index) => order.subarray(index * size, (index + 1) * size));
}

/** Means over all examples, from sums over batches. NaN for no examples. */
function total(results: readonly StepResult[]): StepResult {
  const sum = (field: keyof StepResult): number => results.reduce((all, result) => all + result[field], 0);
  return { loss: sum("loss") / sum("examples"), correct: sum("correct"), examples: sum("examples") };
}

function checkExamples({ count, images, labels }: Examples, imageSize: number, classes: number): void {
  if (images.length !== count * imageSize)
    throw new RangeError(`trainer: ${count} examples of ${imageSize} values need ${count * imageSize}, got ${images.length}`);
  if (labels.length !== count) throw new RangeError(`trainer: ${count} examples need as many labels, got ${labels.length}`);
  const stranger = labels.findIndex((label) => label >= classes);
  if (stranger >= 0)
    throw new RangeError(`trainer: label ${labels[stranger]} of example ${stranger} is none of the network's ${classes} classes`);
}
