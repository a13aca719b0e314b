import type { Examples, StepResult, TrainedTensor } from "./engine.js";

/** Name and shape of a tensor, wherever its values are stored. */
export type TensorForm = Pick<TrainedTensor, "name" | "shape">;

export interface Batches {
  readonly examples: Examples;
  /** The indices of the examples of each batch. All are valid, and no batch is larger than the learner's limit. */
  readonly batches: readonly Uint32Array[];
}

export interface Steps extends Batches {
  /** Number of the step of the first batch. The others follow. */
  readonly first: number;
  readonly rate: number;
}

/**
 * A network with its weights and the memory for one batch. An engine provides it; `createTrainer` makes a `Trainer` of
 * it.
 */
export interface Learner {
  /** Parameters and running statistics. */
  readonly parameters: readonly TensorForm[];
  /** The velocity of each parameter that learns, named like it with ".velocity" appended. */
  readonly velocities: readonly TensorForm[];
  /** One step of SGD with momentum per batch. `loss` is the sum over the examples, including penalties. */
  learn(steps: Steps): Promise<StepResult>;
  /**
   * Evaluates without dropout and with the running statistics. `loss` is the sum over the examples, without penalties.
   */
  evaluate(blocks: Batches): Promise<StepResult>;
  /** Copies of the values of some tensors, in the same order. */
  read(tensors: readonly TensorForm[]): Promise<TrainedTensor[]>;
  /** Sets all tensors, by name. */
  write(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  close(): void;
}

/** The memory for a batch: room for the examples of the largest batch. */
export interface BatchRoom {
  readonly images: Float32Array | Float64Array;
  readonly labels: Uint8Array | Uint32Array;
  /** Number of values per image. */
  readonly imageSize: number;
}

/** Copies the images and labels of some examples to the beginning of `room`, in order. */
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
