import type { LayerRecord } from "../report.js";
import { hasSpectrum } from "../summary.js";
import {
  type AlarmEvent,
  type CheckpointEvent,
  type EndedEvent,
  isRunEvent,
  type LayerEvent,
  type LayerOutline,
  type PlannedEvent,
  type RunEvent,
} from "./run-event.js";
import { type CheckpointState, type LayerState, NOTHING_PLANNED, type RunState, type WorkCounts } from "./run-state.js";

/**
 * The state after one more event. Pure and total: an event that was seen before (a number that is not above the last
 * one of its writer), of another version, of an unknown type, or malformed returns `state` itself.
 *
 * The events of one writer come in their order. Those of several writers may come in any order among them: the counts
 * do not depend on it. A layer that several writers did counts once; a record with a spectrum is never replaced by one
 * without. O(layers of the checkpoint) for each event.
 */
export function reduce(state: RunState, event: RunEvent): RunState {
  if (!isRunEvent(event) || event.seq <= lastOf(state, event.writer)) return state;
  const next = { ...state, after: { ...state.after, [event.writer]: event.seq } };
  switch (event.type) {
    case "planned":
      return changed(next, event.checkpoint, (checkpoint) => withPlan(checkpoint, event));
    case "layer":
      return changed(next, event.checkpoint, (checkpoint) => withLayer(checkpoint, event));
    case "checkpoint":
      return changed(next, event.checkpoint, (checkpoint) => withPhase(checkpoint, event));
    case "alarm":
      return withAlarm(next, event);
    case "ended":
      return {
        ...changed(next, event.checkpoint, (checkpoint) => withSummary(checkpoint, event)),
        ended: state.ended.includes(event.writer) ? state.ended : [...state.ended, event.writer],
      };
  }
}

function lastOf({ after }: RunState, writer: string): number {
  return Object.hasOwn(after, writer) ? after[writer] : 0;
}

/** The state with one checkpoint changed; a new one is added at the end. */
function changed(
  state: RunState,
  id: CheckpointState["checkpoint"],
  change: (checkpoint: CheckpointState) => CheckpointState,
): RunState {
  const at = state.checkpoints.findIndex(({ checkpoint }) => checkpoint === id);
  const before = at < 0 ? newCheckpoint(id) : state.checkpoints[at];
  const checkpoints = state.checkpoints.slice();
  checkpoints[at < 0 ? checkpoints.length : at] = withCompletion(change(before));
  return { ...state, checkpoints };
}

function newCheckpoint(checkpoint: CheckpointState["checkpoint"]): CheckpointState {
  const unknown = { label: null, step: null, last: null, summary: null };
  return { checkpoint, ...unknown, state: "seen", layers: [], skipped: [], counts: NOTHING_PLANNED };
}

/** The layers of all plans together: shares of a run plan their own. */
function withPlan(checkpoint: CheckpointState, { label, layers, skipped }: PlannedEvent): CheckpointState {
  const known = new Map(checkpoint.layers.map((layer) => [layer.outline.layer_id, layer]));
  for (const outline of layers) known.set(outline.layer_id, { ...(known.get(outline.layer_id) ?? NOT_DONE), outline });
  const all = [...known.values()].sort((a, b) => a.outline.layer_id - b.outline.layer_id);
  const planned = all.reduce((counts, layer) => withPlanned(counts, layer), NOTHING_PLANNED);
  const counts = all.reduce((sum, layer) => withDone(sum, layer), planned);
  return { ...checkpoint, label, skipped, layers: all, counts: settled(counts) };
}

const NOT_DONE = { record: null, picture: null, reused: false };

function withLayer(checkpoint: CheckpointState, { record, picture, reused }: LayerEvent): CheckpointState {
  const { at, found } = placeOf(checkpoint.layers, record.layer_id);
  const before: LayerState = found ? checkpoint.layers[at] : { ...NOT_DONE, outline: outlineOf(record) };
  const isWorse = before.record !== null && hasSpectrum(before.record) && !hasSpectrum(record);
  const after: LayerState = {
    outline: before.outline,
    ...(isWorse ? { record: before.record, picture: before.picture } : { record, picture }),
    reused: reused && (before.record === null || before.reused),
  };
  const layers = checkpoint.layers.slice();
  layers.splice(at, found ? 1 : 0, after);
  const planned = found ? checkpoint.counts : withPlanned(checkpoint.counts, before);
  return { ...checkpoint, layers, last: record, counts: settled(withDone(withDone(planned, before, -1), after)) };
}

/** Where a layer is among layers in ascending order, or would be. Mostly at its own number. */
function placeOf(layers: readonly LayerState[], id: number): { readonly at: number; readonly found: boolean } {
  if (layers[id]?.outline.layer_id === id) return { at: id, found: true };
  let low = 0;
  let high = layers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layers[middle].outline.layer_id < id) low = middle + 1;
    else high = middle;
  }
  return { at: low, found: layers[low]?.outline.layer_id === id };
}

/** What a record says of its layer, if its plan was lost: all but the work. */
function outlineOf(record: LayerRecord): LayerOutline {
  const { layer_id, name, layer_type, shape, block, block_name, role, N, M, rf } = record;
  return { layer_id, name, layer_type, shape, block, block_name, role, N, M, rf, work: 0 };
}

function withPlanned(counts: WorkCounts, { outline: { work } }: LayerState): WorkCounts {
  return { ...counts, layersTotal: counts.layersTotal + 1, workTotal: counts.workTotal + work };
}

/** `sign` -1 takes a layer out again. */
function withDone(counts: WorkCounts, { outline: { work }, record, reused }: LayerState, sign = 1): WorkCounts {
  if (record === null) return counts;
  const [failed, kept] = [hasSpectrum(record) ? 0 : sign, reused ? sign : 0];
  return {
    ...counts,
    layersDone: counts.layersDone + sign,
    failed: counts.failed + failed,
    reused: counts.reused + kept,
    workDone: counts.workDone + sign * work,
    workReused: counts.workReused + kept * work,
  };
}

/** A sum of work may differ in its last digits by the order of its terms; all of it is all of it. */
function settled(counts: WorkCounts): WorkCounts {
  return counts.layersDone < counts.layersTotal ? counts : { ...counts, workDone: counts.workTotal };
}

function withPhase(checkpoint: CheckpointState, { step, state }: CheckpointEvent): CheckpointState {
  return { ...checkpoint, step: step ?? checkpoint.step, state: checkpoint.state === "done" ? "done" : state };
}

function withSummary(checkpoint: CheckpointState, { summary }: EndedEvent): CheckpointState {
  const isLess = checkpoint.summary !== null && checkpoint.summary.layers > summary.layers;
  return { ...checkpoint, summary: isLess ? checkpoint.summary : summary };
}

/** A checkpoint is done when a writer came to its end and no planned layer is left, whoever planned it. */
function withCompletion(checkpoint: CheckpointState): CheckpointState {
  const { summary, counts, state } = checkpoint;
  const isLeft = counts.layersDone < counts.layersTotal;
  if (isLeft && state === "done") return { ...checkpoint, state: "seen" };
  return !isLeft && summary !== null ? { ...checkpoint, state: "done" } : checkpoint;
}

function withAlarm(state: RunState, { rule, layer, step }: AlarmEvent): RunState {
  const isKnown = state.alarms.some((alarm) => alarm.rule === rule && alarm.layer === layer && alarm.step === step);
  return isKnown ? state : { ...state, alarms: [...state.alarms, { rule, layer, step }] };
}
