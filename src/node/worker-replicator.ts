import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { drawInShares, type Replicator, replicatorInPlace, type TailReplicates } from "../analysis/replicator.js";
import type { Replicates } from "../tails/index.js";

/** What a worker is sent; it answers with the `TailReplicates` of the share. */
export interface ShareTask {
  readonly values: Float64Array;
  readonly share: Required<Replicates>;
}

const WORKER = new URL("./replicate-worker.js", import.meta.url);
/** True where this module runs from its TypeScript source (tests): Node 20 cannot start a worker from that. */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

interface Waiting extends ShareTask {
  readonly signal?: AbortSignal;
  readonly resolve: (drawn: TailReplicates) => void;
  readonly reject: (cause: unknown) => void;
}

/** A replicator on worker threads, which start as they are needed; close it to let the process end. Run from the TypeScript sources it works in place. */
export function workerReplicator(width = availableParallelism()): Replicator {
  if (FROM_SOURCE) return replicatorInPlace();
  const queue: Waiting[] = [];
  const workers = new Set<Worker>();
  const idle: Worker[] = [];

  const freeWorker = (): Worker | undefined => {
    const free = idle.pop();
    if (free !== undefined || workers.size >= width) return free;
    const worker = new Worker(fileURLToPath(WORKER), { execArgv: [], stdin: false });
    workers.add(worker);
    return worker;
  };

  const give = (worker: Worker, { values, share, resolve, reject }: Waiting): void => {
    const onMessage = (drawn: TailReplicates): void => {
      leave();
      idle.push(worker);
      resolve(drawn);
      next();
    };
    const onFailure = (cause: unknown): void => {
      leave();
      workers.delete(worker);
      reject(cause);
      next();
    };
    const onExit = (code: number): void => onFailure(new Error(`the worker that drew replicates ended by itself with code ${code}`));
    // Its own listeners only: a worker has others, without which it hears nothing.
    const leave = (): void => {
      worker.off("message", onMessage).off("error", onFailure).off("exit", onExit);
    };
    worker.on("message", onMessage).on("error", onFailure).on("exit", onExit);
    worker.postMessage({ values, share } satisfies ShareTask);
  };

  const next = (): void => {
    while (queue.length > 0) {
      if (queue[0].signal?.aborted) {
        const { reject, signal } = queue.shift() as Waiting;
        reject(signal?.reason);
        continue;
      }
      const worker = freeWorker();
      if (worker === undefined) return;
      give(worker, queue.shift() as Waiting);
    }
  };

  return {
    draw: (values, replicates, signal) =>
      drawInShares(
        replicates,
        (share) =>
          new Promise((resolve, reject) => {
            queue.push({ values, share, signal, resolve, reject });
            next();
          }),
      ),
    async close() {
      for (const { reject } of queue.splice(0)) reject(new Error("the replicator was closed"));
      await Promise.all([...workers].map((worker) => worker.terminate()));
      workers.clear();
    },
  };
}
