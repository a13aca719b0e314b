import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { finiteLayer } from "../../analysis/finite.js";
import { type AnalyzeOptions, type CheckpointId, type RunEvent, resolveOptions } from "../../analysis/index.js";
import type { AnalysisHost } from "../../analysis/solve-layers.js";
import { naturalOrder } from "../../bytes/natural-order.js";
import { lastingPools } from "../../rank/lasting-pool.js";
import { type AlarmRule, AlarmWatch } from "../../report/gate/index.js";
import type { WatchReading } from "../../report/watch/index.js";
import { nodeHost } from "../host.js";
import { CheckpointBook, type Seen, type Settled, UNCHANGED_LOOKS } from "./checkpoint-book.js";
import { stateOf } from "./checkpoint-state.js";
import { type FoundCheckpoint, findCheckpoints } from "./find-checkpoints.js";
import { type Reading, type ReadOutcome, readCheckpoint } from "./read-checkpoint.js";
import { type Step, stepInName, stepOf, stepWithoutState } from "./step-of.js";
import { openRecord, type WatchRecord } from "./watch-record.js";

/** The record of a watch, unless another folder is named: in the watched folder. */
const DEFAULT_RECORD = "eigenscope-watch";
/** How often the folder is listed, unless the caller says otherwise. */
const DEFAULT_INTERVAL_MS = 500;
/** Between looks while a checkpoint settles: two of them are waited for, and shorter ones see less. */
const SETTLE_MS = 200;

export interface WatchOptions {
  /** The folder of the record. Default: `eigenscope-watch` in the watched folder. */
  readonly run?: string | undefined;
  /** Reads what is complete now, and ends. */
  readonly once?: boolean;
  readonly intervalMs?: number;
  readonly analysis?: AnalyzeOptions;
  /** Default: `DEFAULT_ALARMS`. */
  readonly rules?: readonly AlarmRule[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What computes. Its pools are kept from reading to reading. */
  readonly host?: AnalysisHost;
  /** Waits between two looks. Default: by the clock. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Each event of a reading as it happens, before it is known whether the reading is kept. */
  readonly onEvent?: (event: RunEvent, checkpoint: string) => void;
  /** For tests. */
  readonly stateNow?: Reading["stateNow"];
}

/** What a watch tells. `checkpoint`: the path below the watched folder. */
export type WatchNews =
  /** The record is open, and how many checkpoints it has. */
  | { readonly kind: "begun"; readonly run: string; readonly known: number }
  | { readonly kind: "reading"; readonly reading: WatchReading; readonly stepFrom: Step["from"] }
  /** It is there, but not to its end. Once per state. */
  | { readonly kind: "partial"; readonly checkpoint: string; readonly reason: string }
  /** It was seen and is gone, unread. */
  | { readonly kind: "vanished"; readonly checkpoint: string }
  | { readonly kind: "left-out"; readonly checkpoint: string; readonly reason: string };

/**
 * Watches the checkpoints of a training: each that is complete is analysed and kept in the record, in the order of the
 * steps. It goes on until the signal is aborted or the caller stops asking; with `once` it ends by itself. Rejects with
 * a `FormatError` for a folder that cannot be listed or a record that cannot be used, with an `OptionError` or a
 * `RuleError` for options and rules, and with the signal's reason.
 */
export async function* watchFolder(folder: string, options: WatchOptions = {}): AsyncGenerator<WatchNews, void> {
  const { once = false, intervalMs = DEFAULT_INTERVAL_MS, signal, pause = pauseOfTime } = options;
  const run = options.run ?? join(folder, DEFAULT_RECORD);
  const alarms = new AlarmWatch(options.rules);
  const resolved = resolveOptions(options.analysis ?? {});
  await findCheckpoints(folder, signal);
  const record = await openRecord(run, { watched: folder, options: resolved, alarms });
  const lasting = lastingPools(options.host ?? nodeHost);
  const watch = new Watch(folder, { ...options, record, alarms, host: lasting.host });
  try {
    yield { kind: "begun", run, known: record.size };
    for (let looks = 1; ; looks++) {
      yield* watch.look();
      // Once: the looks that a checkpoint needs to settle that nobody writes to.
      if (!once || looks > UNCHANGED_LOOKS) yield* watch.read();
      if (once && looks > UNCHANGED_LOOKS) {
        yield* watch.leave();
        return;
      }
      await pause(watch.isSettling || once ? Math.min(SETTLE_MS, intervalMs) : intervalMs, signal);
      signal?.throwIfAborted();
    }
  } finally {
    await Promise.all([record.close(), lasting.close()]);
  }
}

/** An aborted wait rejects with an error of its own, not with the signal's reason. */
async function pauseOfTime(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

interface Watching extends WatchOptions {
  readonly record: WatchRecord;
  readonly alarms: AlarmWatch;
  readonly host: AnalysisHost;
}

/** The two halves of a watch: looking, which is cheap, and reading what has settled. */
class Watch {
  readonly #book = new CheckpointBook();
  /** Whether some checkpoint has a step of its own: those without one are left out. */
  #hasSteps = false;
  /** Those that were left out, and that was told. */
  readonly #told = new Set<CheckpointId>();

  constructor(
    private readonly folder: string,
    private readonly watching: Watching,
  ) {}

  get isSettling(): boolean {
    return this.#book.settling().length > 0 || this.#book.settled().length > 0;
  }

  async *look(): AsyncGenerator<WatchNews, void> {
    const found = await findCheckpoints(this.folder, this.watching.signal);
    const seen: Seen[] = [];
    for (const checkpoint of found) {
      const state = await stateOf(checkpoint, !this.#book.isAtRest(checkpoint));
      seen.push({ checkpoint, state });
      this.#hasSteps ||= stepInName(checkpoint.name) !== undefined;
    }
    for (const checkpoint of this.#book.look(seen)) yield* this.#vanished(checkpoint);
  }

  /** Reads what has settled, by ascending step. */
  async *read(): AsyncGenerator<WatchNews, void> {
    const ready: Placed[] = [];
    for (const settled of this.#book.settled()) {
      const step = await stepOf(settled.checkpoint, settled.state.modifiedMs);
      const readAt = this.watching.record.stepOf(idOf(settled));
      if (readAt === undefined || isToldLate(step, readAt, settled)) ready.push({ settled, step });
      else this.#book.dealtWith(settled, "read");
    }
    this.#hasSteps ||= ready.some(({ step }) => step.from !== "time");
    for (const placed of ready.sort(byStep)) {
      this.watching.signal?.throwIfAborted();
      if (placed.step.from === "time" && this.#hasSteps) yield* this.#leftOut(placed, BESIDE_STEPS);
      else yield* this.#readOne(placed);
    }
  }

  /** What was there and was not read, at the end of a watch that looks once. */
  async *leave(): AsyncGenerator<WatchNews, void> {
    for (const settling of this.#book.settling()) yield* this.#partial(settling, "it is being written");
  }

  async *#readOne(placed: Placed): AsyncGenerator<WatchNews, void> {
    const { settled, step } = placed;
    const { checkpoint, state } = settled;
    const { record, alarms, host, signal, analysis = {}, onEvent, stateNow, once } = this.watching;
    const outcome = await readCheckpoint(settled, {
      ...{ options: analysis, spectra: record.spectra, host, signal },
      ...(onEvent !== undefined && { onEvent: (event) => onEvent(event, checkpoint.name) }),
      ...(stateNow !== undefined && { stateNow }),
    });
    switch (outcome.kind) {
      case "vanished":
        this.#book.forget(checkpoint);
        return yield* this.#vanished(checkpoint, idOf(settled));
      case "changed":
        // The next look finds it in its new state.
        if (once) yield* this.#partial(settled, "it was written to while it was read");
        return;
      case "partial":
        return yield* this.#partial(settled, outcome.reason);
      case "nothing":
        return yield* this.#leftOut(placed, outcome.reason);
    }
    alarms.forget(record.stepOf(idOf(settled)));
    const reading = readingOf(outcome, { checkpoint, step, alarms });
    await record.keep({ id: idOf(settled), reading, events: outcome.events, modifiedMs: state.modifiedMs });
    this.#book.dealtWith(settled, "read");
    yield { kind: "reading", reading, stepFrom: step.from };
  }

  async *#vanished(checkpoint: FoundCheckpoint, id: CheckpointId = checkpoint.name): AsyncGenerator<WatchNews, void> {
    await this.watching.record.note(id, stepInName(checkpoint.name) ?? null, "vanished");
    yield { kind: "vanished", checkpoint: checkpoint.name };
  }

  async *#partial(settled: Settled, reason: string): AsyncGenerator<WatchNews, void> {
    const { checkpoint } = settled;
    this.#book.dealtWith(settled, "partial");
    await this.watching.record.note(idOf(settled), stepInName(checkpoint.name) ?? null, "partial");
    yield { kind: "partial", checkpoint: checkpoint.name, reason };
  }

  *#leftOut({ settled }: Placed, reason: string): Generator<WatchNews, void> {
    // As if it had been read: that it is gone later is no news.
    this.#book.dealtWith(settled, "read");
    const id = idOf(settled);
    if (this.#told.has(id)) return;
    this.#told.add(id);
    yield { kind: "left-out", checkpoint: settled.checkpoint.name, reason };
  }
}

const BESIDE_STEPS = "it has no step, and others have one";

interface Placed {
  readonly settled: Settled;
  readonly step: Step;
}

/**
 * Whether trainer_state.json says the step of a checkpoint that was read without it: the file came later. A step that
 * was once taken from it stays.
 */
function isToldLate(step: Step, readAt: number | null, { checkpoint, state }: Settled): boolean {
  const readBefore = stepWithoutState(checkpoint.name, state.modifiedMs).value;
  return step.from === "trainer state" && step.value !== readAt && readAt === readBefore;
}

function byStep(a: Placed, b: Placed): number {
  return a.step.value - b.step.value || naturalOrder(a.settled.checkpoint.name, b.settled.checkpoint.name);
}

/** The name of a checkpoint in this state, the same for every process. */
function idOf({ checkpoint, state }: Settled): CheckpointId {
  return `${checkpoint.name}@${state.version.slice(0, 16)}`;
}

interface Placing {
  readonly checkpoint: FoundCheckpoint;
  readonly step: Step;
  readonly alarms: AlarmWatch;
}

function readingOf(
  { events, results }: Extract<ReadOutcome, { kind: "read" }>,
  { checkpoint, step, alarms }: Placing,
): WatchReading {
  const records = results.map(({ record }) => finiteLayer(record));
  const reused = events.filter((event) => event.type === "layer" && event.reused).length;
  return {
    ...{ step: step.value, checkpoint: checkpoint.name, records },
    ...{ solved: records.length - reused, reused },
    alarms: alarms.next({
      step: step.value,
      layers: new Map(records.map((record) => [record.longname, record])),
    }),
  };
}
