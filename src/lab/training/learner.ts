import type { Examples, StepResult, TrainedTensor } from "./engine.js";

/** Name and shape of a tensor, wherever its values lie. */
export type TensorForm = Pick<TrainedTensor, "name" | "shape">;

export interface Batches {
  readonly examples: Examples;
  /** The indices of each batch's examples. All are there, and no batch is larger than what the learner was made for. */
  readonly batches: readonly Uint32Array[];
}

export interface Steps extends Batches {
  /** Number of the first batch's step; the others follow. */
  readonly first: number;
  readonly rate: number;
}

/**
 * A network with its weights and the memory for one batch: what an engine brings, and what `createTrainer` turns into a
 * `Trainer`.
 */
export interface Learner {
  /** Parameters and running statistics. */
  readonly parameters: readonly TensorForm[];
  /** v of each parameter that learns, under its name and ".velocity". */
  readonly velocities: readonly TensorForm[];
  /** One step of SGD with momentum a batch; `loss` is the sum over the examples, penalties included. */
  learn(steps: Steps): Promise<StepResult>;
  /** Without dropout, by the running statistics; `loss` is the sum over the examples, without penalties. */
  evaluate(blocks: Batches): Promise<StepResult>;
  /** Copies of the values of some of its tensors, in their order. */
  read(tensors: readonly TensorForm[]): Promise<TrainedTensor[]>;
  /** Sets all its tensors, each found by its name. */
  write(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  close(): void;
}

/** Where a batch is put: room for as many examples as the largest batch has. */
export interface BatchRoom {
  readonly images: Float32Array | Float64Array;
  readonly labels: Uint8Array | Uint32Array;
  /** Numbers of an image. */
  readonly imageSize: number;
}

/** Copies the images and labels of some examples to the beginning of `room`, one after the other. */
export function gather(examples: Examples, indices: Uint32Array, { images, labels, imageSize }: BatchRoom): void {
  indices.forEach((index, place) => {
    images.set(examples.images.subarray(index * imageSize, (index + 1) * imageSize), place * imageSize);
    labels[place] = examples.labels[index];
  });
}

/** Sums over batches. */
export function sumOf(results: readonly StepResult[]): StepResult {
  const sum = (field: keyof StepResult): number => results.reduce((all, result) => all + result[field], 0);
  return { loss: sum("loss"), correct: sum("correct"), examples: sum("examples") };
}
