import { type PlannedRun, type PreparedData, type RunProgress, type TrainEngine, trainRun } from "../../lab/index.js";
import { createEngine, inPlacePool } from "../../spectra/index.js";
import { finishRun, runKeeper } from "./run-folder.js";

export interface FolderTraining {
  readonly run: Pick<PlannedRun, "id" | "settings">;
  readonly folder: string;
  readonly data: PreparedData;
}

export interface TrainingTools {
  readonly engine: TrainEngine;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: RunProgress) => void;
  /** For tests: how often a state is saved. */
  readonly stateEveryMs?: number;
}

/**
 * One training with its folder (made by `openRunFolder`), on this thread: called in a worker, or directly if there are
 * no workers.
 */
export async function trainInFolder(
  { run, folder, data }: FolderTraining,
  { engine, stateEveryMs, ...controls }: TrainingTools,
): Promise<void> {
  const pool = inPlacePool(createEngine("wasm"));
  try {
    await trainRun(run.settings, { engine, data, pool, keeper: runKeeper(folder, { stateEveryMs }), ...controls });
  } finally {
    await pool.close();
  }
  await finishRun(folder);
}
