import type { LayerRecord, ReportSummary, SkippedRecord } from "../report.js";
import type { SmallPicture } from "../small-picture.js";

/**
 * The version of the events. Raised when a field changes its meaning or is removed; new fields and new types do not
 * raise it. A reader ignores events of other versions.
 */
export const EVENTS_VERSION = 1;

/**
 * Names one state of the weights: a model, or one checkpoint of a training. In a run folder it is made of the contents
 * of the files, so that all processes of a run use the same; otherwise it is the input's label.
 */
export type CheckpointId = string;

/** What is known of a layer before any work. */
export interface LayerOutline
  extends Pick<LayerRecord, "layer_id" | "name" | "layer_type" | "shape" | "block" | "role" | "N" | "M" | "rf"> {
  /** The record's `block_name`. Absent in the events of earlier versions. */
  readonly block_name?: string | null;
  /** Floating-point operations, optional measurements included. */
  readonly work: number;
}

/** The layers that one writer is going to do: all of the model, or its share. */
export interface PlannedEvent {
  readonly type: "planned";
  readonly checkpoint: CheckpointId;
  /** What the user named: a path, an address. */
  readonly label: string;
  /** In the report's order. */
  readonly layers: readonly LayerOutline[];
  readonly skipped: readonly SkippedRecord[];
}

/** A layer is done. Its record may say that it failed. */
export interface LayerEvent {
  readonly type: "layer";
  readonly checkpoint: CheckpointId;
  /** The row of the report; numbers that are not finite are null (`finiteLayer`). */
  readonly record: LayerRecord;
  /** null if the layer has no spectrum, or only an approximate one. */
  readonly picture: SmallPicture | null;
  /** Whether its spectrum (or that it has none) was in the store: this writer did not solve it. */
  readonly reused: boolean;
}

/**
 * - "seen": it is there. "partial": it is not written to its end. "vanished": it was removed before it was read.
 * - "done": all its layers are done.
 */
export type CheckpointPhase = "seen" | "partial" | "vanished" | "done";

/** A checkpoint of a training was found, or changed. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly checkpoint: CheckpointId;
  /** The step of the training, if its name says so. */
  readonly step: number | null;
  readonly state: CheckpointPhase;
}

/** A rule that watches a training holds for a layer. */
export interface AlarmEvent {
  readonly type: "alarm";
  readonly rule: string;
  /** The layer's name. */
  readonly layer: string;
  readonly step: number;
}

/** A writer has come to its end: every layer that it planned for this checkpoint is done. */
export interface EndedEvent {
  readonly type: "ended";
  readonly checkpoint: CheckpointId;
  /** Of the layers that this writer planned. */
  readonly summary: ReportSummary;
}

/** What happened, before it has a place in a stream. */
export type RunEventBody = PlannedEvent | LayerEvent | CheckpointEvent | AlarmEvent | EndedEvent;

/** The place of an event in a stream: what lets a reader go on, and know an event that comes twice. */
export interface EventPlace {
  readonly version: number;
  /** Who wrote it. A process writes one stream. */
  readonly writer: string;
  /** Ascending among the events of its writer, from 1. Numbers may be missing. */
  readonly seq: number;
}

/** One event of a run: plain JSON (schema/events.schema.json). */
export type RunEvent = EventPlace & RunEventBody;

/**
 * A stream of one writer: gives events their places. A program that puts several analyses into one stream numbers their
 * events again with one of these.
 */
export function eventStream(writer: string): (body: RunEventBody) => RunEvent {
  let seq = 0;
  // The place last: a body that was an event before gets a new one.
  return (body) => ({ ...body, version: EVENTS_VERSION, writer, seq: ++seq });
}

/**
 * Whether a parsed line is an event of this version, with the fields that readers of a stream depend on. The inside of
 * records, pictures and summaries is not looked at. False for unknown types, which a later program may write.
 */
export function isRunEvent(value: unknown): value is RunEvent {
  if (!isObject(value)) return false;
  const { version, writer, seq, type } = value;
  const hasPlace = version === EVENTS_VERSION && isText(writer) && Number.isSafeInteger(seq) && (seq as number) >= 1;
  return hasPlace && isText(type) && Object.hasOwn(HAS_BODY, type) && HAS_BODY[type as RunEvent["type"]](value);
}

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === "string";
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const PHASES: readonly unknown[] = ["seen", "partial", "vanished", "done"] satisfies CheckpointPhase[];

const isOutline = (layer: unknown): boolean =>
  isObject(layer) && isId(layer.layer_id) && isText(layer.name) && Number.isFinite(layer.work);
const isRecord = (record: unknown): boolean =>
  isObject(record) && isId(record.layer_id) && isText(record.name) && record.lambda_max !== undefined;

const HAS_BODY: Readonly<Record<RunEvent["type"], (event: Fields) => boolean>> = {
  planned: ({ checkpoint, label, layers, skipped }) =>
    isText(checkpoint) &&
    isText(label) &&
    Array.isArray(layers) &&
    layers.every(isOutline) &&
    Array.isArray(skipped) &&
    skipped.every(isObject),
  layer: ({ checkpoint, record, picture, reused }) =>
    isText(checkpoint) && isRecord(record) && (picture === null || isObject(picture)) && typeof reused === "boolean",
  checkpoint: ({ checkpoint, step, state }) =>
    isText(checkpoint) && (step === null || Number.isFinite(step)) && PHASES.includes(state),
  alarm: ({ rule, layer, step }) => isText(rule) && isText(layer) && Number.isFinite(step),
  ended: ({ checkpoint, summary }) => isText(checkpoint) && isObject(summary) && isId(summary.layers),
};
