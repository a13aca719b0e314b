import type { Network } from "../networks/network.js";

/**
 * Mean over the batch of: -log p of the true class; or the squared difference of softmax and one-hot, averaged over the
 * classes (Keras' mean_squared_error).
 */
export type Loss = "cross-entropy" | "mean-squared-error";

/** Labelled images; those of a network's input shape, in the order row, column, channel. */
export interface Examples {
  readonly count: number;
  /** count * height * width * channels values. */
  readonly images: Float32Array;
  /** The class of each, from 0. */
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
  /** The largest number of examples of one step or of one block of an evaluation. */
  readonly batch: number;
  /** Of the initial weights and of the dropout. */
  readonly seed: number;
  readonly momentum: number;
  /**
   * Decoupled from the loss that is told; added to the gradient of all weights (not biases), as PyTorch's SGD does.
   * Default 0.
   */
  readonly weightDecay?: number;
}

export interface StepResult {
  /** Mean loss over all examples of the steps, penalties included. */
  readonly loss: number;
  /** How many were classified rightly (before each step's update). */
  readonly correct: number;
  readonly examples: number;
}

/** One network in training. Not for concurrent calls. */
export interface Trainer {
  /** Takes the training examples, which `train` indexes. They are kept and not copied: leave them as they are. */
  load(examples: Examples): Promise<void>;
  /**
   * One step of SGD with momentum a batch: consecutive runs of `batch` indices of `order`, the last one shorter where
   * they do not divide.
   */
  train(order: Uint32Array, options: { readonly batch: number; readonly rate: number }): Promise<StepResult>;
  /** Loss (without penalties) and accuracy, batch normalisation by the running statistics, no dropout. */
  evaluate(examples: Examples): Promise<StepResult>;
  /** The weights: what a checkpoint holds (biases and running statistics too). Copies. */
  parameters(): Promise<TrainedTensor[]>;
  /**
   * Everything that the next step depends on (parameters, velocities, the state of the dropout's generator): what a
   * resumed run needs. Copies.
   */
  state(): Promise<TrainedTensor[]>;
  /** Takes up a state, to the same bits. Throws `RangeError` where names or shapes do not fit the network. */
  restore(state: readonly TrainedTensor[]): Promise<void>;
  close(): void;
}

/** What trains networks. */
export interface TrainEngine {
  readonly name: string;
  /** The graphics adapter that computes and its driver, where one does: bits depend on it. */
  readonly adapter?: string;
  open(options: TrainerOptions): Promise<Trainer>;
}
