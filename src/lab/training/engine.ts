import type { Network } from "../networks/network.js";

/**
 * The loss, as a mean over the batch: -log p of the true class, or the squared difference of softmax and one-hot,
 * averaged over the classes (Keras' mean_squared_error).
 */
export type Loss = "cross-entropy" | "mean-squared-error";

/** Labelled images in the shape of a network's input, in the order row, column, channel. */
export interface Examples {
  readonly count: number;
  /** count * height * width * channels values. */
  readonly images: Float32Array;
  /** The class of each example, from 0. */
  readonly labels: Uint8Array;
}

/** A tensor of a trainer, row-major. */
export interface TrainedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TrainerOptions {
  readonly network: Network;
  readonly loss: Loss;
  /** Most examples of one step or of one block of an evaluation. */
  readonly batch: number;
  /** Seed of the initial weights and of the dropout. */
  readonly seed: number;
  readonly momentum: number;
  /**
   * Times w, added to the gradient of all weights (not biases) as in PyTorch's SGD. The reported loss does not include
   * it. Default 0.
   */
  readonly weightDecay?: number | undefined;
}

export interface StepResult {
  /** Mean loss over all examples of the steps, including penalties. */
  readonly loss: number;
  /** How many examples were classified correctly (before each step's update). */
  readonly correct: number;
  readonly examples: number;
}

/** One network in training. Not for concurrent calls. */
export interface Trainer {
  /** Sets the training examples, which `train` indexes. They are not copied: do not change them. */
  load(examples: Examples): Promise<void>;
  /**
   * One step of SGD with momentum per batch. A batch is the next `batch` indices of `order`; the last may be shorter.
   */
  train(order: Uint32Array, options: { readonly batch: number; readonly rate: number }): Promise<StepResult>;
  /** Loss (without penalties) and accuracy, with the running statistics of batch normalisation and without dropout. */
  evaluate(examples: Examples): Promise<StepResult>;
  /** Copies of the tensors of a checkpoint: weights, biases and running statistics. */
  parameters(): Promise<TrainedTensor[]>;
  /**
   * Copies of everything that the next step depends on (parameters, velocities, the number of steps): what a resumed
   * run needs.
   */
  state(): Promise<TrainedTensor[]>;
  /**
   * Restores a state. Training then continues with the same bits. Throws `RangeError` if names or shapes do not fit the
   * network.
   */
  restore(state: readonly TrainedTensor[]): Promise<void>;
  close(): void;
}

/** An engine that trains networks. */
export interface TrainEngine {
  readonly name: string;
  /** The graphics adapter and its driver, if one is used. The bits depend on it. */
  readonly adapter?: string;
  open(options: TrainerOptions): Promise<Trainer>;
}
