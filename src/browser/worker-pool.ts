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
import { webWorker } from "./web-worker.js";

export interface BrowserPoolOptions {
  readonly engine?: EngineName;
  /** Stacks solved at once. Default: the number of cores that the browser reports. */
  readonly width?: number | undefined;
  /** Bytes that the matrices in progress may use together (`engineBytes`). Default: no limit. */
  readonly memory?: number | undefined;
}

/**
 * A pool of Web Workers; close it to end them. If there are none, or none can be started, it works on the page's own
 * thread, one stack at a time; `warnings` says so if a worker was tried. That happens in a bundle that lacks the
 * worker's file. Throws `RangeError` if the width is not a positive integer.
 */
export function browserWorkerPool({
  engine = "wasm",
  width = globalThis.navigator?.hardwareConcurrency || 1,
  memory,
}: BrowserPoolOptions = {}): SpectralPool {
  if (typeof Worker === "undefined") return inPlacePool(createEngine(engine));
  return poolWithFallback({
    pool: workerPool({ engine, width, memory, start: startWorker, answersCalls: true }),
    reasonToLeave: (cause) =>
      cause instanceof WorkerNotStarted
        ? `no worker could be started (${cause.message}): is spectral-worker.js beside the bundle? The page's ` +
          "own thread did the work and was blocked meanwhile"
        : undefined,
    fallback: () => inPlacePool(createEngine(engine)),
  });
}

const startWorker: StartWorker = (onMessage, onFailure) =>
  webWorker<FromWorker>(newWorker(), {
    onMessage,
    onFailure: (cause, ready) => onFailure(ready ? cause : new WorkerNotStarted(cause.message, { cause })),
  });

function newWorker(): Worker {
  try {
    // Written as one expression: bundlers look for exactly this to bundle the worker.
    return new Worker(new URL("./spectral-worker.js", import.meta.url), { type: "module" });
  } catch (cause) {
    // A bundle that is not a module has no address, and a page's policy may forbid workers.
    throw new WorkerNotStarted((cause as Error).message, { cause });
  }
}
