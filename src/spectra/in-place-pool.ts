import { giveBack } from "../bytes/recycled-buffers.js";
import type { Values } from "../formats/tensor.js";
import type { MatrixSource } from "../layers/layer.js";
import { eigenvectorBeginner } from "./eigenvector-beginner.js";
import type { SpectralEngine, StreamedTask } from "./engine.js";
import { approximateTask } from "./lanczos/approximate-spectrum.js";
import type { SpectralPool } from "./pool.js";
import { readPass } from "./read-pass.js";
import type { HelpWanted } from "./team-control.js";

export interface InPlaceOptions {
  /** Whether the event loop turns after each block (default). A thread that has nothing else to do need not. */
  readonly yields?: boolean;
  /** Whether the memory of blocks is given back as soon as they are used: nobody else may have one of the sources'. */
  readonly freesBlocks?: boolean;
  /** Called for each matrix with which other threads may help, and when it is done. */
  readonly onHelpWanted?: (wanted: HelpWanted) => void;
  readonly onHelpOver?: () => void;
}

/**
 * A pool of width 1 that runs on the caller's own thread: in a worker, in tests, for very little work, and for hosts
 * without workers. The thread yields, and checks for an abort, only between blocks; it is busy while a matrix is
 * solved.
 */
export function inPlacePool(
  engine: SpectralEngine,
  { yields = true, freesBlocks = false, onHelpWanted, onHelpOver }: InPlaceOptions = {},
): SpectralPool {
  const closing = new AbortController();
  const beginEigenvectors = eigenvectorBeginner();
  let turn: Promise<unknown> = Promise.resolve();
  /** Streams the source to the task, once the tasks before it are done. */
  const run = <Result>(
    source: MatrixSource,
    begin: () => StreamedTask<Result>,
    signal?: AbortSignal,
  ): Promise<Result> => {
    const stop = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
    const running = turn.then(async (): Promise<Result> => {
      stop.throwIfAborted();
      const task = begin();
      const used = freesBlocks ? usedBlocks(source, task) : undefined;
      try {
        for (let pass = 0; pass < (task.passes ?? 1); pass++) {
          for await (const block of pass + 1 < (task.passes ?? 1) ? readPass(source, stop) : source.blocks(stop)) {
            stop.throwIfAborted();
            task.push(block);
            used?.add(block);
            // Lets the event loop turn: a source whose blocks are in memory would block it.
            if (yields) await new Promise((resolve) => setTimeout(resolve));
          }
        }
        stop.throwIfAborted();
        return task.finish();
      } finally {
        task.cancel();
        used?.end();
      }
    });
    turn = running.catch(() => {});
    return running;
  };
  return {
    engine: engine.name,
    width: 1,
    async solve(source, signal, { precision } = {}) {
      let helped = false;
      const helpWanted = (wanted: HelpWanted): void => {
        helped = true;
        onHelpWanted?.(wanted);
      };
      const begin = () => engine.begin(source, { precision, ...(onHelpWanted && { onHelpWanted: helpWanted }) });
      return run(source, begin, signal).finally(() => {
        if (helped) onHelpOver?.();
      });
    },
    eigenvectors: (source, request, signal) => run(source, () => beginEigenvectors(engine)(source, request), signal),
    approximate: (source, request, signal) => run(source, () => approximateTask(source, request), signal),
    async close() {
      closing.abort(new Error("the pool was closed"));
      await turn;
    },
  };
}

/**
 * Frees blocks: at once if the task keeps none, at its end if it keeps those of one matrix. Of a stack that is kept,
 * the collector frees those of the matrices that are done.
 */
function usedBlocks({ count }: MatrixSource, { keepsBlocks }: StreamedTask<unknown>) {
  const kept: Values[] = [];
  return {
    add(block: Values): void {
      if (keepsBlocks === false) giveBack(block);
      else if (keepsBlocks && count === 1) kept.push(block);
    },
    end(): void {
      for (const block of kept) giveBack(block);
    },
  };
}
