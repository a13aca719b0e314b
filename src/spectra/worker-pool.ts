import type { EngineName, SpectralPool, StackSpectrum } from "./engine.js";
import { openLane, type StartWorker, type WorkerLane } from "./worker-lane.js";

export interface WorkerPoolOptions {
  readonly engine: EngineName;
  /** Workers at most; they start as they are needed. */
  readonly width: number;
  readonly start: StartWorker;
}

/**
 * A pool of workers, one stack a worker, stacks in the order in which they were given. A worker that fails or was aborted in the middle of a matrix is
 * replaced when the next stack comes. Throws `RangeError` where the width is not a positive integer.
 */
export function workerPool({ engine, width, start }: WorkerPoolOptions): SpectralPool {
  if (!Number.isInteger(width) || width < 1) throw new RangeError(`a pool's width must be a positive integer, got ${width}`);
  const idle: WorkerLane[] = [];
  const lanes = new Set<WorkerLane>();
  const waiting: (() => void)[] = [];
  const closing = new AbortController();
  let free = width;

  /** Resolves when one of the `width` places is free; rejects with the signal's reason before that. */
  const place = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      waiting.push(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  };
  const vacate = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const takeLane = (): WorkerLane => {
    for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) {
      if (lane.alive) return lane;
      lanes.delete(lane);
    }
    const lane = openLane(engine, start);
    lanes.add(lane);
    return lane;
  };

  return {
    engine,
    width,
    async solve(source, signal): Promise<StackSpectrum> {
      // A signal of its own for each stack: listeners then never pile up on the pool's or the caller's.
      const stop = AbortSignal.any(signal === undefined ? [closing.signal] : [signal, closing.signal]);
      await place(stop);
      try {
        const lane = takeLane();
        try {
          return await lane.solve(source, stop);
        } finally {
          if (lane.alive) idle.push(lane);
          else lanes.delete(lane);
        }
      } finally {
        vacate();
      }
    },
    async close() {
      closing.abort(new Error("the pool was closed"));
      await Promise.all([...lanes].map((lane) => lane.terminate()));
      lanes.clear();
    },
  };
}
