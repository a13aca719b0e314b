import { type ColumnAnswer, type ColumnCall, type ColumnWorker, columnWorkInPlace } from "./column-work.js";

/** A worker of the host that answers one `ColumnCall` after the other (`answerCall`). */
export interface ColumnThread {
  post(call: ColumnCall): void;
  terminate(): Promise<void>;
}

export interface ColumnThreadEvents {
  readonly onMessage: (answer: ColumnAnswer) => void;
  /** `ready`: whether the worker had started. If it had not, no worker can be started here. */
  readonly onFailure: (cause: Error, ready: boolean) => void;
}

export interface ColumnWorkerPoolOptions {
  /** Most calls that run at once. */
  readonly width: number;
  /** Starts a worker. If it throws, no worker can be started here. */
  readonly start: (events: ColumnThreadEvents) => ColumnThread;
  /** The warning for a host where no worker can be started. Default: no warning. */
  readonly warning?: (cause: Error) => string;
}

interface PendingCall {
  readonly call: ColumnCall;
  readonly signal?: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: unknown) => void;
}

interface PoolWorker {
  readonly thread: ColumnThread;
  current?: PendingCall | undefined;
}

/**
 * A pool of workers for optional columns. Workers start when they are needed; `close` terminates them. An aborted call
 * rejects at once, and the worker that runs it is terminated. If no worker can be started (its file is missing in a
 * bundle), the caller's thread does the work.
 */
export function columnWorkerPool({ width, start, warning }: ColumnWorkerPoolOptions): ColumnWorker {
  const callerThread = columnWorkInPlace();
  const warnings: string[] = [];
  let workersUnavailable = false;
  const queue: PendingCall[] = [];
  const workers = new Set<PoolWorker>();
  const ending = new Set<Promise<void>>();

  const stopWorker = (worker: PoolWorker): void => {
    workers.delete(worker);
    const ended = worker.thread.terminate();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };
  const fallBackToCallerThread = (cause: Error): void => {
    if (!workersUnavailable && warning !== undefined) warnings.push(warning(cause));
    workersUnavailable = true;
  };
  const startWorker = (): PoolWorker => {
    const thread = start({
      onMessage(answer) {
        const { current } = worker;
        worker.current = undefined;
        if ("error" in answer) current?.reject(answer.error);
        else current?.resolve(answer.result);
        next();
      },
      onFailure(cause, ready) {
        workers.delete(worker);
        // A host may report a failure and then the exit of the same worker.
        const { current } = worker;
        worker.current = undefined;
        if (!ready) {
          fallBackToCallerThread(cause);
          if (current !== undefined) runOnCallerThread(current);
        } else
          current?.reject(new Error(`the worker that computed optional columns stopped: ${cause.message}`, { cause }));
        next();
      },
    });
    const worker: PoolWorker = { thread };
    workers.add(worker);
    return worker;
  };
  const runOnCallerThread = ({ call: { name, args }, resolve, reject, signal }: PendingCall): void => {
    callerThread.run(name, args as never, signal).then(resolve, reject);
  };
  const next = (): void => {
    while (queue.length > 0) {
      // One abort removes all calls of its signal, one after the other. Do not start a thread for a call that will be
      // removed.
      if (queue[0].signal?.aborted) {
        const { reject, signal } = queue.shift() as PendingCall;
        reject(signal?.reason);
        continue;
      }
      if (workersUnavailable) {
        runOnCallerThread(queue.shift() as PendingCall);
        continue;
      }
      let worker = [...workers].find(({ current }) => current === undefined);
      if (worker === undefined) {
        if (workers.size >= width) return;
        try {
          worker = startWorker();
        } catch (cause) {
          fallBackToCallerThread(cause as Error);
          continue;
        }
      }
      worker.current = queue.shift() as PendingCall;
      worker.thread.post(worker.current.call);
    }
  };
  const abortCall = (pending: PendingCall, reason: unknown): void => {
    pending.reject(reason);
    const queued = queue.indexOf(pending);
    if (queued >= 0) queue.splice(queued, 1);
    for (const worker of [...workers]) if (worker.current === pending) stopWorker(worker);
    next();
  };

  return {
    warnings,
    async run(name, args, signal) {
      signal?.throwIfAborted();
      let onAbort = (): void => {};
      const outcome = new Promise<unknown>((resolve, reject) => {
        const pending: PendingCall = { call: { name, args }, signal, resolve, reject };
        onAbort = () => abortCall(pending, signal?.reason);
        queue.push(pending);
        next();
      });
      // Each call has its own signal, so that listeners do not accumulate on the caller's signal.
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
      for (const worker of [...workers]) {
        worker.current?.reject(closed);
        stopWorker(worker);
      }
      await Promise.all(ending);
    },
  };
}
