import type { LayerRecord } from "../../analysis/report.js";
import { DATA_SETS } from "../data/data-sets.js";
import { type EpochRecord, lastRecorded, type Run } from "../experiments/run-record.js";
import { denseLayers } from "../experiments/settings-network.js";

/**
 * What a run has come to: one row of the table. Train accuracy stands beside the phase, because a spectrum can look
 * heavy-tailed when the network is broken.
 */
export interface RunRow {
  readonly run: Run;
  readonly epoch: EpochRecord;
  /** The first dense layer: the paper's FC1. */
  readonly fc1: LayerRecord;
  readonly edgeRatio: number | null;
  /** Whether the network tells its training examples apart: half again as often as chance. */
  readonly learned: boolean;
}

/** Below this factor over chance a network has learned nothing, or has come apart. */
const OVER_CHANCE = 1.5;

/**
 * The row of a run; undefined where nothing is recorded yet, or the network has no dense layer that is large enough.
 */
export function runRow(run: Run): RunRow | undefined {
  const epoch = lastRecorded(run);
  const [name] = denseLayers(run.settings.network);
  const fc1 = epoch?.layers?.find((layer) => layer.name === name);
  if (epoch === undefined || fc1 === undefined) return undefined;
  const { classes } = DATA_SETS[run.settings.data.set];
  return { run, epoch, fc1, edgeRatio: edgeRatioOf(fc1), learned: (epoch.train?.accuracy ?? 0) > OVER_CHANCE / classes };
}

/**
 * lambda_max / lambda_plus: how far the largest eigenvalue stands over the edge of the random bulk. The soft rank's
 * reciprocal.
 */
export function edgeRatioOf({ lambda_max, lambda_plus }: LayerRecord): number | null {
  return lambda_max === null || lambda_plus === null || !(lambda_plus > 0) ? null : lambda_max / lambda_plus;
}
