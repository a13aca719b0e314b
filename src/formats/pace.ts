import { FormatError } from "./errors.js";

/**
 * Work in memory that may be paused: a generator that yields each time `Pace.spend` says that a turn of the event loop
 * is due. Whoever drives it decides what a pause is: `Pace.run` gives the event loop a turn, `finish` none.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all the work at once. For callers without an event loop to care for. */
export function finish<Result>(work: Steps<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Steps between two turns of the event loop. A step takes some 50 ns, and never more than 2 us: so a turn comes every 2
 * ms, and at least every 65 ms.
 */
export const STEPS_PER_TURN = 2 ** 15;
/** What any file may take, however small: some 0.2 s. */
export const FREE_STEPS = 2 ** 22;
/**
 * What each byte read may take on top of that. Real files take one or two steps a byte; adapters whose configuration
 * holds 64 patterns, each tried on each module, some 20.
 */
export const STEPS_PER_BYTE = 64;
/**
 * What any file may build of memory, however small; a tenth of what a run of ours takes at its peak is the rest of the
 * process.
 */
export const FREE_BYTES = 64 * 2 ** 20;
/**
 * Pickles build some 8 bytes of memory for each of their own; where the archive is compressed, some 80 for each that
 * was read.
 */
export const BYTES_PER_BYTE = 128;
/**
 * Past this the process would not live long, whatever the file's size. The largest model (200,000 tensors, all of them
 * layers) takes a third.
 */
export const MAX_BYTES = 2 ** 30;

export interface PaceOptions {
  readonly signal?: AbortSignal;
  /** Named by the error when the budget is used up. */
  readonly file?: string;
  /** Gives the event loop a turn. For tests, which count them. */
  readonly nextTurn?: () => Promise<void>;
  /** False: no budget, only turns. For callers who hand in a directory of their own. */
  readonly limited?: boolean;
}

/**
 * How fast and how far work on a file's structure may go: opening it, walking through what it describes, planning its
 * layers. All of them share one `Pace`, and with it a budget of steps and of bytes that grows with the bytes that were
 * read: a file of 400 bytes cannot ask for an hour's work. Every `STEPS_PER_TURN` steps the event loop gets a turn, so
 * that signals and clicks are heard.
 */
export class Pace {
  /** Turns that were given so far. */
  turns = 0;
  private steps = 0;
  private bytes = 0;
  private granted = 0;
  private due = STEPS_PER_TURN;
  private readonly nextTurn: () => Promise<void>;
  readonly signal?: AbortSignal;

  constructor(private readonly options: PaceOptions = {}) {
    this.signal = options.signal;
    this.nextTurn = options.nextTurn ?? turnOfEventLoop;
  }

  /** Bytes of the file were read: the budget grows. */
  grant(bytes: number): void {
    this.granted += bytes;
  }

  /**
   * Counts steps of work. True where a turn is due: the caller yields (in `Steps`), or awaits `turn`. Throws
   * `FormatError` when the budget is used up.
   */
  spend(steps: number): boolean {
    this.steps += steps;
    if (this.steps < this.due) return false;
    if (this.options.limited !== false && this.steps > FREE_STEPS + STEPS_PER_BYTE * this.granted) this.refuse("work");
    return true;
  }

  /** Counts memory that is being built and kept. Throws `FormatError` when the budget is used up. */
  keep(bytes: number): void {
    this.bytes += bytes;
    if (this.options.limited === false || this.bytes <= FREE_BYTES) return;
    if (this.bytes > Math.min(MAX_BYTES, FREE_BYTES + BYTES_PER_BYTE * this.granted)) this.refuse("memory");
  }

  /** Gives the event loop a turn. Rejects with the signal's reason where it was aborted. */
  async turn(): Promise<void> {
    this.due = this.steps + STEPS_PER_TURN;
    this.turns++;
    await this.nextTurn();
    this.options.signal?.throwIfAborted();
  }

  /** Does the work, with a turn of the event loop at each of its pauses. */
  async run<Result>(work: Steps<Result>): Promise<Result> {
    this.options.signal?.throwIfAborted();
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      await this.turn();
    }
  }

  private refuse(what: "work" | "memory"): never {
    throw new FormatError(`its structure asks for more ${what} than any real file of its size`, {
      kind: "malformed",
      file: this.options.file,
      remedy: "The file is damaged or made to deceive; get it again from a source that you trust.",
    });
  }
}

/** For what is called without a pace: all at once, without a budget. */
export function unpaced(): Pace {
  return new Pace({ limited: false });
}

/** Node's own is fastest; browsers have none, and what they have instead waits up to 4 ms. */
function turnOfEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (call: () => void) => unknown };
  return new Promise((resolve) => (setImmediate === undefined ? setTimeout(resolve, 0) : setImmediate(resolve)));
}
