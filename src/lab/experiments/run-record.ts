import type { LayerRecord } from "../../analysis/report.js";
import type { TrainingSettings } from "./experiment.js";

/** Loss and accuracy over a set of examples. */
export interface Score {
  /** null where it is not finite: the training has come apart. */
  readonly loss: number | null;
  readonly accuracy: number;
}

/** What is known after an epoch. */
export interface EpochRecord {
  /** 0 is before the first step. */
  readonly epoch: number;
  /** Updates so far. */
  readonly steps: number;
  /** Learning rate of the epoch. */
  readonly rate: number;
  /**
   * Over the examples of the epoch, each before the update that it took part in, dropout and penalties included; null
   * before the first step.
   */
  readonly running: Score | null;
  /** With the weights of the end of the epoch; only at recorded epochs. */
  readonly train: Score | null;
  readonly test: Score | null;
  /**
   * The analysis of the dense layers with at least 16 eigenvalues, as `analyze` gives it for the epoch's checkpoint;
   * only at recorded epochs.
   */
  readonly layers: readonly LayerRecord[] | null;
}

/** A finished (or unfinished) run as the tables and pages read it. */
export interface Run {
  readonly id: string;
  readonly settings: TrainingSettings;
  readonly epochs: readonly EpochRecord[];
  readonly finished: boolean;
}

/** The last epoch of a run that has accuracies and spectra; undefined where there is none yet. */
export function lastRecorded({ epochs }: Pick<Run, "epochs">): EpochRecord | undefined {
  return epochs.findLast(({ layers }) => layers !== null);
}
