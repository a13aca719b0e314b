/** What a run may use of this machine: memory, and the folders of its caches. It is light: `analyze` loads it. */
export { hubSettings } from "./hub/hub-settings.js";
export { memoryBudget } from "./memory-budget.js";
export { MIN_WORKER_WORK } from "./native/open-pool.js";
export { userCache } from "./user-cache.js";
