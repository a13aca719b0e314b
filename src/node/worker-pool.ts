import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { createEngine, type EngineName, inPlacePool, type SpectralPool, type StartWorker, workerPool } from "../spectra/index.js";

const WORKER = new URL("./spectral-worker.js", import.meta.url);
/** True where this module runs from its TypeScript source (tests): Node 20 cannot start a worker from that. */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

export interface NodePoolOptions {
  readonly engine?: EngineName;
  /** Stacks worked on at once. Default: the processor's cores. */
  readonly width?: number;
  /** Bytes that the matrices under way may take together (`engineBytes`). Default: no limit. */
  readonly memory?: number;
}

/**
 * A pool of worker threads; close it to let the process end. Run from the TypeScript sources it works in the caller's thread, one stack at a time.
 * Throws `RangeError` where the width is not a positive integer.
 */
export function nodeWorkerPool({ engine = "wasm", width = availableParallelism(), memory }: NodePoolOptions = {}): SpectralPool {
  if (FROM_SOURCE) return inPlacePool(createEngine(engine));
  return workerPool({ engine, width, memory, start: startWorker });
}

const startWorker: StartWorker = (onMessage, onFailure) => {
  // Nothing is inherited from the command line: flags such as --input-type or --inspect-brk would keep the worker from starting.
  const worker = new Worker(fileURLToPath(WORKER), { execArgv: [], stdin: false });
  let ended = false;
  worker.on("message", onMessage);
  worker.on("error", (cause) => onFailure(cause instanceof Error ? cause : new Error(String(cause))));
  worker.on("messageerror", onFailure);
  worker.on("exit", (code) => {
    if (!ended) onFailure(new Error(`it ended by itself with code ${code}`));
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    async terminate() {
      ended = true;
      await worker.terminate();
    },
  };
};
