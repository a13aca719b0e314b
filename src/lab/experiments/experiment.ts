import type { DataSetName } from "../data/data-sets.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Network } from "../networks/index.js";
import type { Loss } from "../training/engine.js";

export interface DataSettings {
  readonly set: DataSetName;
  /** How many training and test images are used, from the first. */
  readonly train: number;
  readonly test: number;
  readonly preprocessing: Preprocessing;
}

/**
 * Everything that the weights of a training depend on, and which epochs are recorded. Plain data; the same settings
 * give the same bits.
 */
export interface TrainingSettings {
  readonly network: Network;
  readonly data: DataSettings;
  readonly loss: Loss;
  /** Examples per step. */
  readonly batch: number;
  /** Learning rate of the first epoch, and its factor after each epoch. */
  readonly rate: number;
  readonly rateDecay: number;
  readonly momentum: number;
  /** PyTorch's weight decay: weightDecay * w is added to the gradient of every weight. */
  readonly weightDecay: number;
  /**
   * Keras' l2(c) on the layers of `l2Layers` (empty: all dense layers): c times the sum of w^2 is added to the loss.
   * null: as defined by the network.
   */
  readonly l2: number | null;
  readonly l2Layers: readonly string[];
  /**
   * Rate of the network's dropout layers. If it has none, of a new one after every hidden dense layer. 0: no dropout.
   * null: as defined by the network.
   */
  readonly dropout: number | null;
  /** Passes over the training images. With `steps`, the last may be incomplete. */
  readonly epochs: number;
  /** The number of updates if it is fixed, else null. */
  readonly steps: number | null;
  /** Seed of the initial weights, the order of the examples and the dropout. */
  readonly seed: number;
  /**
   * Epochs after which accuracies and spectra are computed and weights are saved, ascending. 0 is before the first
   * step. The last epoch is always one of them.
   */
  readonly record: readonly number[];
}

/** The settings that a sweep can vary, in the order of the report. */
export const AXES = ["batch", "rate", "weightDecay", "l2", "dropout", "seed"] as const;
export type Axis = (typeof AXES)[number];
export type Axes = { readonly [A in Axis]?: readonly number[] };

/** An experiment as written in a file: one training, and the values of a sweep for some of its settings. */
export interface Experiment {
  readonly name: string;
  /** What the experiment shows. "" if the file does not say. */
  readonly description: string;
  /** Length of the training. The batch size converts steps into epochs. */
  readonly length: { readonly epochs: number } | { readonly steps: number };
  /** Epochs to record. null: a default list with growing gaps. */
  readonly record: readonly number[] | null;
  readonly base: Omit<TrainingSettings, "epochs" | "steps" | "record">;
  readonly axes: Axes;
}
