import { availableParallelism } from "node:os";
import { type ColumnAnswer, type ColumnWorker, columnWorkInPlace } from "../analysis/column-work.js";
import { columnWorkerPool } from "../analysis/column-worker-pool.js";
import { FROM_SOURCE, startThread } from "./worker-thread.js";

const WORKER = new URL("./column-worker.js", import.meta.url);

/**
 * Worker threads for the work of optional columns; close them to let the process exit. If no thread can be started, or
 * when run from the TypeScript sources, the work is done on the caller's thread. The pool of spectra, which then has no
 * threads either, reports it.
 */
export function columnWorkers(width = availableParallelism(), module = WORKER): ColumnWorker {
  if (FROM_SOURCE) return columnWorkInPlace();
  return columnWorkerPool({ width, start: (events) => startThread<ColumnAnswer>(module, events) });
}
