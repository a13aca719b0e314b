import type { LayerRecord, ReportSummary, SkippedRecord } from "../report.js";
import type { SmallPicture } from "../small-picture.js";
import type { AlarmEvent, CheckpointId, CheckpointPhase, LayerOutline } from "./run-event.js";

/** A layer that is planned or done. */
export interface LayerState {
  readonly outline: LayerOutline;
  /** null until the layer is done. */
  readonly record: LayerRecord | null;
  readonly picture: SmallPicture | null;
  /** Whether nobody in this stream has solved its spectrum: it was in the store. False until the layer is done. */
  readonly reused: boolean;
}

/** How far a checkpoint is. Work counts floating-point operations. */
export interface WorkCounts {
  readonly layersTotal: number;
  readonly layersDone: number;
  /** Of those that are done: without a spectrum, and with one that was in the store. */
  readonly failed: number;
  readonly reused: number;
  readonly workTotal: number;
  readonly workDone: number;
  /** Work of the layers that were in the store: it took no time. */
  readonly workReused: number;
}

/** What a stream of events says of one checkpoint. */
export interface CheckpointState {
  readonly checkpoint: CheckpointId;
  /** null until it is planned. */
  readonly label: string | null;
  readonly step: number | null;
  readonly state: CheckpointPhase;
  /** The layers that some writer has planned or done, in the report's order. */
  readonly layers: readonly LayerState[];
  readonly skipped: readonly SkippedRecord[];
  readonly counts: WorkCounts;
  /** The layer that was done last. null before the first. */
  readonly last: LayerRecord | null;
  /** Of the writer that came to its end with the most layers. null before. */
  readonly summary: ReportSummary | null;
}

/** An alarm, once for each rule, layer and step. */
export type AlarmState = Pick<AlarmEvent, "rule" | "layer" | "step">;

/** By writer, the number of the last event. A reader goes on behind it. */
export type ResumeToken = Readonly<Record<string, number>>;

/** All that a stream of events says: plain JSON. */
export interface RunState {
  readonly after: ResumeToken;
  /** Writers that came to their end. Another one may be at work, or was killed. */
  readonly ended: readonly string[];
  /** In the order in which they appeared. */
  readonly checkpoints: readonly CheckpointState[];
  readonly alarms: readonly AlarmState[];
}

/** The state before any event. */
export const NO_EVENTS: RunState = { after: {}, ended: [], checkpoints: [], alarms: [] };

/** The counts of a checkpoint of which nothing is known. */
export const NOTHING_PLANNED: WorkCounts = {
  layersTotal: 0,
  layersDone: 0,
  failed: 0,
  reused: 0,
  workTotal: 0,
  workDone: 0,
  workReused: 0,
};

/** The counts of all checkpoints together, and the layer that was done last in the last one that has any. */
export function progressOf({ checkpoints }: RunState): WorkCounts & { readonly last: LayerRecord | null } {
  const sum = { ...NOTHING_PLANNED };
  let last: LayerRecord | null = null;
  for (const { counts, last: latest } of checkpoints) {
    for (const name of Object.keys(sum) as (keyof WorkCounts)[]) sum[name] += counts[name];
    last = latest ?? last;
  }
  return { ...sum, last };
}
