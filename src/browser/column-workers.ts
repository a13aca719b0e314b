import { type ColumnAnswer, type ColumnWorker, columnWorkInPlace } from "../analysis/column-work.js";
import { columnWorkerPool } from "../analysis/column-worker-pool.js";
import { webWorker } from "./web-worker.js";

/**
 * Web Workers for the work of optional columns; close them when done. If there are none, or none can be started, the
 * page's own thread does the work, one call after the other; `warnings` says so if a worker was tried.
 */
export function browserColumnWorkers(width = globalThis.navigator?.hardwareConcurrency || 1): ColumnWorker {
  if (typeof Worker === "undefined") return columnWorkInPlace();
  return columnWorkerPool({
    width,
    // Written as one expression: bundlers look for exactly this to bundle the worker.
    start: (events) =>
      webWorker<ColumnAnswer>(new Worker(new URL("./column-worker.js", import.meta.url), { type: "module" }), events),
    warning: ({ message }) =>
      `no worker could be started for the optional columns (${message}): is column-worker.js beside the ` +
      "bundle? The page's own thread did the work and was blocked meanwhile",
  });
}
