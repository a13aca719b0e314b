import { availableParallelism } from "node:os";
import { type ColumnAnswer, type ColumnCall, type ColumnWorker, columnWorkInPlace } from "../analysis/column-work.js";
import { startThread, type Thread } from "./worker-thread.js";

const WORKER = new URL("./column-worker.js", import.meta.url);
/** True where this module runs from its TypeScript source (tests): Node 20 cannot start a worker from that. */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

interface Waiting {
  readonly call: ColumnCall;
  readonly signal?: AbortSignal;
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: unknown) => void;
}

interface Lane {
  readonly thread: Thread;
  current?: Waiting;
}

/**
 * Worker threads for the work of optional columns, which start as they are needed; close to let the process end. A call
 * that is aborted rejects at once, and a thread that is in the middle of it is ended. Where no thread can be started
 * (the worker's file is missing in a bundle), and run from the TypeScript sources, the work is done in place; the pool
 * of spectra, which has no threads then either, says so.
 */
export function columnWorkers(width = availableParallelism(), module = WORKER): ColumnWorker {
  const inPlace = columnWorkInPlace();
  if (FROM_SOURCE) return inPlace;
  let noThreads = false;
  const queue: Waiting[] = [];
  const lanes = new Set<Lane>();
  const ending = new Set<Promise<void>>();

  const end = (lane: Lane): void => {
    lanes.delete(lane);
    const ended = lane.thread.terminate();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };
  const open = (): Lane => {
    const thread = startThread<ColumnAnswer>(module, {
      onMessage(answer) {
        const { current } = lane;
        lane.current = undefined;
        if ("error" in answer) current?.reject(answer.error);
        else current?.resolve(answer.result);
        next();
      },
      onFailure(cause, ready) {
        lanes.delete(lane);
        if (!ready) {
          noThreads = true;
          if (lane.current !== undefined) doInPlace(lane.current);
        } else lane.current?.reject(new Error(`the worker that computed optional columns stopped: ${cause.message}`, { cause }));
        next();
      },
    });
    const lane: Lane = { thread };
    lanes.add(lane);
    return lane;
  };
  const doInPlace = ({ call: { name, args }, resolve, reject, signal }: Waiting): void => {
    inPlace.run(name, args as never, signal).then(resolve, reject);
  };
  const next = (): void => {
    while (queue.length > 0) {
      // One abort withdraws all calls of its signal, one after the other: no thread is started for those that are about
      // to go.
      if (queue[0].signal?.aborted) {
        const { reject, signal } = queue.shift() as Waiting;
        reject(signal?.reason);
        continue;
      }
      if (noThreads) {
        doInPlace(queue.shift() as Waiting);
        continue;
      }
      const lane = [...lanes].find(({ current }) => current === undefined) ?? (lanes.size < width ? open() : undefined);
      if (lane === undefined) return;
      lane.current = queue.shift() as Waiting;
      lane.thread.post(lane.current.call);
    }
  };
  const withdraw = (waiting: Waiting, reason: unknown): void => {
    waiting.reject(reason);
    const queued = queue.indexOf(waiting);
    if (queued >= 0) queue.splice(queued, 1);
    for (const lane of [...lanes]) if (lane.current === waiting) end(lane);
    next();
  };

  return {
    async run(name, args, signal) {
      signal?.throwIfAborted();
      let onAbort = (): void => {};
      const outcome = new Promise<unknown>((resolve, reject) => {
        const waiting: Waiting = { call: { name, args }, signal, resolve, reject };
        onAbort = () => withdraw(waiting, signal?.reason);
        queue.push(waiting);
        next();
      });
      // A signal of its own for each call: listeners then never pile up on the caller's.
      const stop = signal === undefined ? undefined : AbortSignal.any([signal]);
      stop?.addEventListener("abort", onAbort, { once: true });
      try {
        return (await outcome) as never;
      } finally {
        stop?.removeEventListener("abort", onAbort);
      }
    },
    async close() {
      const closed = new Error("the workers of optional columns were closed");
      for (const { reject } of queue.splice(0)) reject(closed);
      for (const lane of [...lanes]) {
        lane.current?.reject(closed);
        end(lane);
      }
      await Promise.all(ending);
    },
  };
}
