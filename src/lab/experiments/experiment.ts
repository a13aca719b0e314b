import type { DataSetName } from "../data/data-sets.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Network } from "../networks/index.js";
import type { Loss } from "../training/engine.js";

export interface DataSettings {
  readonly set: DataSetName;
  /** The first so many training and test images. */
  readonly train: number;
  readonly test: number;
  readonly preprocessing: Preprocessing;
}

/**
 * Everything that one training's weights depend on, and what is recorded of it. Plain data; the same settings give the
 * same bits.
 */
export interface TrainingSettings {
  readonly network: Network;
  readonly data: DataSettings;
  readonly loss: Loss;
  /** Examples a step. */
  readonly batch: number;
  /** Learning rate of the first epoch, and what it is multiplied by after each. */
  readonly rate: number;
  readonly rateDecay: number;
  readonly momentum: number;
  /** PyTorch's: added times w to the gradient of every weight. */
  readonly weightDecay: number;
  /**
   * Keras' l2(c) on the layers of `l2Layers` (empty: all dense layers): c times the sum of w^2 is added to the loss.
   * null: as the network has it.
   */
  readonly l2: number | null;
  readonly l2Layers: readonly string[];
  /**
   * Rate of the network's dropout layers, or of one behind every hidden dense layer where it has none; 0: no dropout;
   * null: as the network has it.
   */
  readonly dropout: number | null;
  /** Passes over the training images; the last is cut short where `steps` is given. */
  readonly epochs: number;
  /** The number of updates where that is what is fixed, else null. */
  readonly steps: number | null;
  /** Of the initial weights, the order of the examples and the dropout. */
  readonly seed: number;
  /**
   * Epochs after which accuracies and spectra are taken and weights are kept, ascending; 0 is before the first step.
   * The last epoch is one of them.
   */
  readonly record: readonly number[];
}

/** What a sweep varies, in the order in which the report shows it. */
export const AXES = ["batch", "rate", "weightDecay", "l2", "dropout", "seed"] as const;
export type Axis = (typeof AXES)[number];
export type Axes = { readonly [A in Axis]?: readonly number[] };

/** An experiment as it stands in a file: one training, and the values that a sweep gives to some of its settings. */
export interface Experiment {
  readonly name: string;
  /** What it is there to show; "" where the file does not say. */
  readonly description: string;
  /** How long it is to be trained, before a batch size turns steps into epochs. */
  readonly length: { readonly epochs: number } | { readonly steps: number };
  /** Epochs that are to be recorded; null: a few at growing distance. */
  readonly record: readonly number[] | null;
  readonly base: Omit<TrainingSettings, "epochs" | "steps" | "record">;
  readonly axes: Axes;
}
