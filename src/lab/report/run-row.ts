import type { LayerRecord } from "../../analysis/report.js";
import { DATA_SETS } from "../data/data-sets.js";
import { type EpochRecord, lastRecorded, type Run } from "../experiments/run-record.js";
import { denseLayers } from "../experiments/settings-network.js";

/**
 * The result of a run: one row of the table. Train accuracy is next to the phase, because a spectrum can look
 * heavy-tailed when the network is broken.
 */
export interface RunRow {
  readonly run: Run;
  readonly epoch: EpochRecord;
  /** The first dense layer: the paper's FC1. */
  readonly fc1: LayerRecord;
  readonly edgeRatio: number | null;
  /** Whether the network has learned: its training accuracy is above 1.5 times chance. */
  readonly learned: boolean;
}

/** Below this factor over chance, a network has learned nothing or its training diverged. */
const MIN_FACTOR_OVER_CHANCE = 1.5;

/**
 * The row of a run. Undefined if nothing is recorded yet, or if the network has no dense layer that is large enough.
 */
export function runRow(run: Run): RunRow | undefined {
  const epoch = lastRecorded(run);
  const [name] = denseLayers(run.settings.network);
  const fc1 = epoch?.layers?.find((layer) => layer.name === name);
  if (epoch === undefined || fc1 === undefined) return undefined;
  const { classes } = DATA_SETS[run.settings.data.set];
  return {
    run,
    epoch,
    fc1,
    edgeRatio: edgeRatioOf(fc1),
    learned: (epoch.train?.accuracy ?? 0) > MIN_FACTOR_OVER_CHANCE / classes,
  };
}

/**
 * lambda_max / lambda_plus: the largest eigenvalue over the edge of the random bulk. The reciprocal of the soft rank.
 */
export function edgeRatioOf({ lambda_max, lambda_plus }: LayerRecord): number | null {
  return lambda_max === null || lambda_plus === null || !(lambda_plus > 0) ? null : lambda_max / lambda_plus;
}
