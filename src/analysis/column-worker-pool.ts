import { type ColumnAnswer, type ColumnCall, type ColumnWorker, columnWorkInPlace } from "./column-work.js";

/** A worker of the host that answers one `ColumnCall` after the other (`answerCall`). */
export interface ColumnThread {
  post(call: ColumnCall): void;
  terminate(): Promise<void>;
}

export interface ColumnThreadEvents {
  readonly onMessage: (answer: ColumnAnswer) => void;
  /** `ready`: whether the worker had been running. Where it had not, none can be started. */
  readonly onFailure: (cause: Error, ready: boolean) => void;
}

export interface ColumnWorkerPoolOptions {
  /** Calls worked on at once. */
  readonly width: number;
  /** Starts a worker. Where it throws, none can be started. */
  readonly start: (events: ColumnThreadEvents) => ColumnThread;
  /** What to say where no worker can be started. Default: nothing. */
  readonly warning?: (cause: Error) => string;
}

interface Waiting {
  readonly call: ColumnCall;
  readonly signal?: AbortSignal;
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: unknown) => void;
}

interface Lane {
  readonly thread: ColumnThread;
  current?: Waiting;
}

/**
 * Workers for the work of optional columns, which start as they are needed; close to end them. A call that is aborted
 * rejects at once, and a worker that is in the middle of it is ended. Where no worker can be started (its file is
 * missing in a bundle) the work is done in place.
 */
export function columnWorkerPool({ width, start, warning }: ColumnWorkerPoolOptions): ColumnWorker {
  const inPlace = columnWorkInPlace();
  const warnings: string[] = [];
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
  const goOnInPlace = (cause: Error): void => {
    if (!noThreads && warning !== undefined) warnings.push(warning(cause));
    noThreads = true;
  };
  const openLane = (): Lane => {
    const thread = start({
      onMessage(answer) {
        const { current } = lane;
        lane.current = undefined;
        if ("error" in answer) current?.reject(answer.error);
        else current?.resolve(answer.result);
        next();
      },
      onFailure(cause, ready) {
        lanes.delete(lane);
        // A host may report a failure and then the end of the worker.
        const { current } = lane;
        lane.current = undefined;
        if (!ready) {
          goOnInPlace(cause);
          if (current !== undefined) doInPlace(current);
        } else current?.reject(new Error(`the worker that computed optional columns stopped: ${cause.message}`, { cause }));
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
      let lane = [...lanes].find(({ current }) => current === undefined);
      if (lane === undefined) {
        if (lanes.size >= width) return;
        try {
          lane = openLane();
        } catch (cause) {
          goOnInPlace(cause as Error);
          continue;
        }
      }
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
    warnings,
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
