import { FormatError } from "./errors.js";

/**
 * Work in memory that may be paused: a generator that yields each time `Pace.spend` says that the event loop is due a
 * turn. The driver decides what a pause does: `Pace.run` gives the event loop a turn, `finish` does not.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all the work at once. For callers that may block the event loop. */
export function finish<Result>(work: Steps<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Steps between two turns of the event loop. A step takes some 100 ns, in code that has just been loaded some 300 ns,
 * and never more than 2 us: so a turn comes every millisecond or two, and at least every 16 ms.
 */
export const STEPS_PER_TURN = 2 ** 13;
/** Steps allowed for any file, however small: some 0.2 s. */
export const BASE_STEPS = 2 ** 22;
/**
 * Further steps allowed per byte read. Real files need one or two steps per byte; adapters whose configuration holds 64
 * patterns, each tried on each module, some 20.
 */
export const STEPS_PER_BYTE = 64;
/** Memory allowed for any file, however small. */
export const BASE_BYTES = 64 * 2 ** 20;
/**
 * Memory allowed per byte read. Pickles build some 8 bytes of memory per byte; if the archive is compressed, some 80
 * per byte read.
 */
export const BYTES_PER_BYTE = 128;
/**
 * The largest memory allowed for any file: beyond it the process would probably run out of memory. The largest model
 * (200,000 tensors, all of them layers) needs a third.
 */
export const MAX_BYTES = 2 ** 30;

export interface PaceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Named by the error when the budget is exhausted. */
  readonly file?: string;
  /** Gives the event loop a turn. Tests replace it to count turns. */
  readonly nextTurn?: () => Promise<void>;
  /** False: no budget, only turns. For callers that pass a directory of their own. */
  readonly limited?: boolean;
}

/**
 * Bounds the time and memory of work on a file's structure: opening it, walking through its directory, planning its
 * layers. All of this shares one `Pace`. Its budget of steps and bytes grows with the bytes that were read, so that a
 * file of 400 bytes cannot cause an hour's work. Every `STEPS_PER_TURN` steps the event loop gets a turn, so that
 * signals and clicks are handled.
 */
export class Pace {
  /** Number of turns so far. */
  turns = 0;
  private steps = 0;
  private bytes = 0;
  private granted = 0;
  private due = STEPS_PER_TURN;
  private readonly nextTurn: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;

  constructor(private readonly options: PaceOptions = {}) {
    this.signal = options.signal;
    this.nextTurn = options.nextTurn ?? turnOfEventLoop;
  }

  /** Reports that bytes of the file were read: the budget grows. */
  grant(bytes: number): void {
    this.granted += bytes;
  }

  /**
   * Counts steps of work. Returns true if a turn is due: the caller yields (in `Steps`), or awaits `turn`. Throws
   * `FormatError` when the budget is exhausted.
   */
  spend(steps: number): boolean {
    this.steps += steps;
    if (this.steps < this.due) return false;
    if (this.options.limited !== false && this.steps > BASE_STEPS + STEPS_PER_BYTE * this.granted) this.refuse("work");
    return true;
  }

  /** Counts memory that is allocated and kept. Throws `FormatError` when the budget is exhausted. */
  keep(bytes: number): void {
    this.bytes += bytes;
    if (this.options.limited === false || this.bytes <= BASE_BYTES) return;
    if (this.bytes > Math.min(MAX_BYTES, BASE_BYTES + BYTES_PER_BYTE * this.granted)) this.refuse("memory");
  }

  /** Gives the event loop a turn. Rejects with the signal's reason if it was aborted. */
  async turn(): Promise<void> {
    this.due = this.steps + STEPS_PER_TURN;
    this.turns++;
    await this.nextTurn();
    this.options.signal?.throwIfAborted();
  }

  /** Does the work, with a turn of the event loop at each pause. */
  async run<Result>(work: Steps<Result>): Promise<Result> {
    this.options.signal?.throwIfAborted();
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      await this.turn();
    }
  }

  private refuse(what: "work" | "memory"): never {
    throw new FormatError(`its structure needs more ${what} than any real file of its size`, {
      kind: "malformed",
      file: this.options.file,
      remedy: "The file is damaged or malicious; get it again from a source that you trust.",
    });
  }
}

/** For callers without a pace: no budget. */
export function unpaced(): Pace {
  return new Pace({ limited: false });
}

/**
 * Node's setImmediate is fastest. Browsers have none, and their timers that call each other wait 4 ms: messages do not.
 */
export function turnOfEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (call: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
