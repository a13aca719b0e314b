import type { SpectralEngine, SpectralPool, StackSpectrum } from "./engine.js";

/**
 * A pool of width 1 that works in the caller's own thread: for tests, and for hosts without workers. The thread is busy while a matrix is solved, so
 * that an abort takes effect between blocks only.
 */
export function inPlacePool(engine: SpectralEngine): SpectralPool {
  const closing = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    engine: engine.name,
    width: 1,
    solve(source, signal, { precision } = {}) {
      const stop = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const solving = turn.then(async (): Promise<StackSpectrum> => {
        stop.throwIfAborted();
        const task = engine.begin(source, { precision });
        try {
          for (let pass = 0; pass < (task.passes ?? 1); pass++) {
            for await (const block of source.blocks(stop)) {
              stop.throwIfAborted();
              task.push(block);
            }
          }
          stop.throwIfAborted();
          return task.finish();
        } finally {
          task.cancel();
        }
      });
      turn = solving.catch(() => {});
      return solving;
    },
    async close() {
      closing.abort(new Error("the pool was closed"));
      await turn;
    },
  };
}
