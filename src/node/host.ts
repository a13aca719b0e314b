import type { AnalysisHost } from "../analysis/index.js";
import { columnWorkers } from "./column-workers.js";
import { memoryBudget } from "./memory-budget.js";
import { openPool } from "./native/open-pool.js";

/** Workers and memory of this machine. */
export const nodeHost: AnalysisHost = {
  createPool: ({ engine, jobs, memory = memoryBudget(), work, ownThread }) =>
    openPool({ engine, width: jobs, memory, work, ownThread }),
  createColumnWorker: columnWorkers,
  now: () => performance.now(),
};
