import { createEngine, type EngineName, inPlacePool, type SpectralPool, type StartWorker, workerPool } from "../spectra/index.js";

export interface BrowserPoolOptions {
  readonly engine?: EngineName;
  /** Stacks worked on at once. Default: the processor's cores as the browser tells them. */
  readonly width?: number;
  /** Bytes that the matrices under way may take together (`engineBytes`). Default: no limit. */
  readonly memory?: number;
}

/**
 * A pool of Web Workers; close it to end them. Where there are none (or the module was not loaded by address, as in a single-file bundle that did not
 * keep the worker's file) it works in the page's own thread, one stack at a time.
 * Throws `RangeError` where the width is not a positive integer.
 */
export function browserWorkerPool({
  engine = "wasm",
  width = globalThis.navigator?.hardwareConcurrency || 1,
  memory,
}: BrowserPoolOptions = {}): SpectralPool {
  if (typeof Worker === "undefined") return inPlacePool(createEngine(engine));
  return workerPool({ engine, width, memory, start: startWorker });
}

const startWorker: StartWorker = (onMessage, onFailure) => {
  // Written out as one expression: bundlers look for exactly this to bundle the worker.
  const worker = new Worker(new URL("./spectral-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = (event) => onMessage(event.data);
  worker.onerror = (event) => onFailure(new Error(event.message || "it could not be started"));
  worker.onmessageerror = () => onFailure(new Error("a message could not be read"));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    async terminate() {
      worker.terminate();
    },
  };
};
