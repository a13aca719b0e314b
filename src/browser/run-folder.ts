import type { RunFolder } from "../analysis/run/read-run-folder.js";
import { measuringPool, type RunReport, reportOfKept } from "../analysis/run/report-of-kept.js";
import { browserColumnWorkers } from "./column-workers.js";
import { browserWorkerPool } from "./worker-pool.js";

/**
 * The report of a run folder that was given to the page (`readRunFolder`), measured on Web Workers from its spectra. A
 * layer that is not done has a failed row that says so.
 */
export async function reportOfRun(
  { plan, store }: Pick<RunFolder, "plan" | "store">,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<RunReport> {
  const columnWorker = browserColumnWorkers();
  const createPool = async () => measuringPool(browserWorkerPool(), plan.options.engine);
  try {
    return await reportOfKept({ plan, store }, { createPool, columnWorker, signal });
  } finally {
    await columnWorker.close();
  }
}
