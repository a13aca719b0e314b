import { availableParallelism } from "node:os";
import {
  createEngine,
  type EngineName,
  type FromWorker,
  inPlacePool,
  poolWithFallback,
  type SpectralPool,
  type StartWorker,
  WorkerNotStarted,
  workerPool,
} from "../spectra/index.js";
import { SPECTRAL_WORKER } from "./spare-workers.js";
import { FROM_SOURCE, startThread } from "./worker-thread.js";

export interface NodePoolOptions {
  readonly engine?: EngineName;
  /** Stacks solved at once. Default: the processor's cores. */
  readonly width?: number;
  /** Bytes that the matrices in progress may use together (`engineBytes`). Default: no limit. */
  readonly memory?: number | undefined;
}

/**
 * A pool of worker threads; close it to let the process exit. Run from the TypeScript sources it works on the caller's
 * thread, one stack at a time. Throws `RangeError` if the width is not a positive integer.
 */
export function nodeWorkerPool({
  engine = "wasm",
  width = availableParallelism(),
  memory,
}: NodePoolOptions = {}): SpectralPool {
  if (FROM_SOURCE) return inPlacePool(createEngine(engine));
  return poolWithFallback({
    pool: workerPool({ engine, width, memory, start: spectralWorkers(), answersCalls: true }),
    reasonToLeave: (cause) =>
      cause instanceof WorkerNotStarted
        ? `no worker thread could be started (${cause.message}); this thread did the work alone`
        : undefined,
    fallback: () => inPlacePool(createEngine(engine)),
  });
}

/** The library that a worker's native engine uses. */
export interface WorkerLibrary {
  readonly path: string;
  readonly target: string;
}

/** What a spectral worker is started with. */
export interface SpectralWorkerData {
  readonly native?: WorkerLibrary | undefined;
}

/** Starts spectral workers. `native`: the library of those that are told to use the native engine. */
export function spectralWorkers(native?: WorkerLibrary): StartWorker {
  return (onMessage, onFailure) =>
    startThread<FromWorker>(SPECTRAL_WORKER, {
      workerData: { native } satisfies SpectralWorkerData,
      onMessage,
      onFailure: (cause, ready) => onFailure(ready ? cause : new WorkerNotStarted(cause.message, { cause })),
    });
}
