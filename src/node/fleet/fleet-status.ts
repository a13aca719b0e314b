import type { RunPlace } from "../run/run-place.js";
import { statusOfRun } from "../run/run-status.js";
import { type FleetModel, isCancelled, isCurrent, modelsOf } from "./fleet-folder.js";
import type { OpenQueue } from "./queue.js";

/** How far one model is, by its run's folder. */
export interface ModelStatus {
  readonly model: FleetModel;
  readonly layers: number;
  readonly done: number;
  /** Layers that failed when they were last tried. */
  readonly failed: number;
  readonly missing: number;
  /** Floating-point operations. */
  readonly workDone: number;
  readonly workTotal: number;
  /** Whether the report is there, with all that was done. */
  readonly reported: boolean;
}

/** How far a fleet's run is. */
export interface FleetStatus {
  readonly models: readonly ModelStatus[];
  readonly cancelled: boolean;
}

/** Jobs of the queue by their state, of all runs. */
export interface QueueStatus {
  readonly waiting: number;
  readonly active: number;
  /** Jobs that failed and are tried again later. */
  readonly delayed: number;
  /** Reports that wait for their layers. */
  readonly reports: number;
  readonly dead: number;
  /** Workers that are connected. */
  readonly workers: number;
}

/** Looks where the run lies: that says what is done, whatever the queue knows. */
export async function fleetStatus(run: RunPlace): Promise<FleetStatus> {
  const models: ModelStatus[] = [];
  for (const model of await modelsOf(run)) {
    const kept = await model.place.kept();
    const { done, failed, missing, withoutColumns, workDone, workTotal } = await statusOfRun(kept);
    const isWhole = missing.length === 0 && withoutColumns.length === 0;
    models.push({
      ...{ model, workDone, workTotal, layers: kept.plan.placements.length },
      ...{ done: done.length, failed: failed.length, missing: missing.length },
      reported: isWhole && (await isCurrent(model)),
    });
  }
  return { models, cancelled: await isCancelled(run) };
}

export async function queueStatus({ queue }: OpenQueue): Promise<QueueStatus> {
  const counts = await queue.getJobCounts("waiting", "prioritized", "active", "delayed", "waiting-children", "failed");
  return {
    waiting: counts.waiting + counts.prioritized,
    ...{ active: counts.active, delayed: counts.delayed, reports: counts["waiting-children"], dead: counts.failed },
    workers: (await queue.getWorkers()).length,
  };
}
