/** Folders of runs: what is kept in them, how far they are, and their reports. */
export { type KeptRun, readRun, reportOfRun } from "./read-run.js";
export { type RunStatus, statusOfRun, type WithReason } from "./run-status.js";
export type { Shard } from "./shard.js";
