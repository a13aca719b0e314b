import { type FileHandle, mkdir, open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  type CheckpointId,
  type CheckpointPhase,
  eventStream,
  type LayerRecord,
  type RunEvent,
  type RunEventBody,
} from "../../analysis/index.js";
import type { ResolvedOptions } from "../../analysis/options.js";
import type { OutcomeStore } from "../../analysis/store/outcome.js";
import { FormatError } from "../../formats/index.js";
import type { AlarmWatch } from "../../report/gate/index.js";
import { eventFileHead, eventOfReading, metricsLine, type WatchReading } from "../../report/watch/index.js";
import { Claims } from "../run/claims.js";
import { EventFile } from "../run/event-log.js";
import { RunEventReader } from "../run/event-reader.js";
import { inRunFolder } from "../run/folder-error.js";
import { claimsOf, segmentsOf } from "../run/run-folder.js";
import { SegmentStore } from "../run/segment-store.js";
import { openLines } from "./appended-file.js";
import { joinWatch } from "./watch-manifest.js";

/** One line per reading. */
export const METRICS = "metrics.jsonl";
/** The folder of TensorBoard's event files. */
export const TENSORBOARD = "tensorboard";
/** One watch at a time writes into a folder. */
const CLAIM = "watch";

/** What a watch adds to its record at once. */
export interface ToRecord {
  readonly id: CheckpointId;
  readonly reading: WatchReading;
  /** Those of its analysis. */
  readonly events: readonly RunEvent[];
  /** When the checkpoint was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The record of a watch in its folder. */
export interface WatchRecord {
  /** Spectra by the content of the weights. */
  readonly spectra: OutcomeStore;
  /** How many checkpoints were read. */
  readonly size: number;
  /** The step at which a checkpoint was read in this state before; undefined if it was not. */
  stepOf(id: CheckpointId): number | null | undefined;
  /** Keeps a reading; resolves when the operating system has all of it. */
  keep(kept: ToRecord): Promise<void>;
  /** Keeps that a checkpoint is in another state than read. Once per state. */
  note(id: CheckpointId, step: number | null, state: CheckpointPhase): Promise<void>;
  close(): Promise<void>;
}

export interface RecordOptions {
  readonly watched: string;
  readonly options: ResolvedOptions;
  /** Gets the readings and the alarms that are in the record. */
  readonly alarms: AlarmWatch;
}

/**
 * Begins a record or goes on with one. Rejects with a `FormatError` for a folder with other things, of another watch,
 * or in use by one, and with an `OptionError` for other options.
 */
export function openRecord(folder: string, options: RecordOptions): Promise<WatchRecord> {
  return inRunFolder(folder, () => openIn(folder, options));
}

async function openIn(folder: string, { watched, options, alarms }: RecordOptions): Promise<WatchRecord> {
  await joinWatch(folder, watched, options);
  const claims = new Claims(claimsOf(folder));
  if (!(await claims.claim(CLAIM)))
    throw new FormatError("another eigenscope watch keeps its record here", {
      ...{ kind: "unsupported", file: folder },
      remedy: "Stop it, or give another folder with --run.",
    });
  const spectra = new SegmentStore(segmentsOf(folder));
  await spectra.refresh();
  const known = await knownIn(folder, alarms);
  const begun = new Date();
  const log = new EventFile(folder, begun, true);
  const place = eventStream(log.writer);
  const write = (body: RunEventBody): void => log.write(place(body));
  const metrics = await openLines(join(folder, METRICS));
  let board: FileHandle | undefined;
  return {
    spectra,
    get size() {
      return known.done.size;
    },
    stepOf: (id) => known.done.get(id),
    async keep({ id, reading, events, modifiedMs }) {
      await metrics.appendFile(`${metricsLine(reading, modifiedMs)}\n`);
      board ??= await eventFile(folder, begun);
      await board.appendFile(eventOfReading(reading, modifiedMs / 1000));
      const { step, checkpoint } = reading;
      write({ type: "checkpoint", checkpoint: id, step, state: "seen" });
      for (const event of events) {
        // Writers end when the watch does; a checkpoint ends with its state.
        if (event.type === "planned") write({ ...event, checkpoint: id, label: checkpoint });
        else if (event.type === "layer") write({ ...event, checkpoint: id });
      }
      // The alarms first: a checkpoint that is done is not asked again.
      for (const { rule, layer } of reading.alarms) write({ type: "alarm", rule: rule.name, layer, step });
      write({ type: "checkpoint", checkpoint: id, step, state: "done" });
      await log.written();
      known.done.set(id, step);
    },
    async note(id, step, state) {
      const key = `${state} ${id}`;
      if (known.noted.has(key)) return;
      known.noted.add(key);
      write({ type: "checkpoint", checkpoint: id, step, state });
      await log.written();
    },
    async close() {
      try {
        await Promise.all([metrics.close(), board?.close(), spectra.close()]);
      } finally {
        await log.close();
        await claims.close();
      }
    },
  };
}

/** Begins an event file of TensorBoard: one per process, named as TensorFlow names them. */
async function eventFile(folder: string, begun: Date): Promise<FileHandle> {
  const seconds = begun.getTime() / 1000;
  const name = `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}.0`;
  await mkdir(join(folder, TENSORBOARD), { recursive: true });
  const handle = await open(join(folder, TENSORBOARD, name), "a");
  await handle.appendFile(eventFileHead(seconds));
  return handle;
}

interface Known {
  /** With their steps. */
  readonly done: Map<CheckpointId, number | null>;
  /** "partial <id>", "vanished <id>". */
  readonly noted: Set<string>;
}

/** What the events of a folder say was read. The rows of a checkpoint are held until it is done. */
async function knownIn(folder: string, alarms: AlarmWatch): Promise<Known> {
  const [done, noted] = [new Map<CheckpointId, number | null>(), new Set<string>()];
  const open = new Map<CheckpointId, Map<string, LayerRecord>>();
  for await (const event of new RunEventReader(folder).read()) {
    if (event.type === "alarm") alarms.fired(event);
    if (event.type === "layer") {
      const layers = open.get(event.checkpoint) ?? new Map<string, LayerRecord>();
      open.set(event.checkpoint, layers.set(event.record.longname, event.record));
    }
    if (event.type !== "checkpoint") continue;
    const { checkpoint, step, state } = event;
    if (state === "partial" || state === "vanished") noted.add(`${state} ${checkpoint}`);
    if (state !== "done" || done.get(checkpoint) === step) continue;
    alarms.forget(done.get(checkpoint));
    done.set(checkpoint, step);
    const layers = open.get(checkpoint);
    open.delete(checkpoint);
    if (step !== null && layers !== undefined) alarms.recall({ step, layers });
  }
  return { done, noted };
}
