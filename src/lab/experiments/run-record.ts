import type { LayerRecord } from "../../analysis/report.js";
import type { TrainingSettings } from "./experiment.js";

/** Loss and accuracy over a set of examples. */
export interface Score {
  /** null if it is not finite: the training diverged. */
  readonly loss: number | null;
  readonly accuracy: number;
}

/** The record of an epoch. */
export interface EpochRecord {
  /** 0 is before the first step. */
  readonly epoch: number;
  /** Updates so far. */
  readonly steps: number;
  /** Learning rate of the epoch. */
  readonly rate: number;
  /**
   * Over the examples of the epoch, each before its own update, with dropout and penalties. null before the first step.
   */
  readonly running: Score | null;
  /** With the weights at the end of the epoch. Only at recorded epochs. */
  readonly train: Score | null;
  readonly test: Score | null;
  /**
   * The analysis of the dense layers with at least 16 eigenvalues, as `analyze` gives it for the epoch's checkpoint.
   * Only at recorded epochs.
   */
  readonly layers: readonly LayerRecord[] | null;
}

/** A run, finished or not, as the tables and pages read it. */
export interface Run {
  readonly id: string;
  readonly settings: TrainingSettings;
  readonly epochs: readonly EpochRecord[];
  readonly finished: boolean;
}

/** The last epoch of a run that has accuracies and spectra. Undefined if there is none yet. */
export function lastRecorded({ epochs }: Pick<Run, "epochs">): EpochRecord | undefined {
  return epochs.findLast(({ layers }) => layers !== null);
}
