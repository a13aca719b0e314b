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
  /** Stacks worked on at once. Default: the processor's cores as the browser tells them. */
  readonly width?: number;
  /** Bytes that the matrices under way may take together (`engineBytes`). Default: no limit. */
  readonly memory?: number;
}

/**
 * A pool of Web Workers; close it to end them. Where there are none, or none can be started, it works in the page's own
 * thread, one stack at a time; `warnings` says so where a worker was tried. That happens in a bundle that did not keep
 * the worker's file. Throws `RangeError` where the width is not a positive integer.
 */
export function browserWorkerPool({
  engine = "wasm",
  width = globalThis.navigator?.hardwareConcurrency || 1,
  memory,
}: BrowserPoolOptions = {}): SpectralPool {
  if (typeof Worker === "undefined") return inPlacePool(createEngine(engine));
  return poolWithFallback({
    pool: workerPool({ engine, width, memory, start: startWorker }),
    reasonToLeave: (cause) =>
      cause instanceof WorkerNotStarted
        ? `no worker could be started (${cause.message}): is spectral-worker.js beside the bundle? The page's own thread did the work, and was busy meanwhile`
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
    // Written out as one expression: bundlers look for exactly this to bundle the worker.
    return new Worker(new URL("./spectral-worker.js", import.meta.url), { type: "module" });
  } catch (cause) {
    // A bundle that is no module has no address, and a page's policy may forbid workers.
    throw new WorkerNotStarted((cause as Error).message, { cause });
  }
}
