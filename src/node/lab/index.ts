/**
 * The lab on Node, as `eigenscope lab` runs it: sweeps in a folder, which continue after any interruption, their page,
 * and fetched data sets. Experiments, presets and tables are in `lab`, which needs no Node.
 *
 * @module lab/node
 */

export { FETCHABLE, type Fetchable } from "./data-packages.js";
export { type FetchOptions, fetchData } from "./fetch-data.js";
export { runSweep, type SweepEvent, type SweepOptions } from "./run-sweep.js";
export { readSweep, type Sweep } from "./sweep-folder.js";
export { sweepPage } from "./sweep-page.js";
export { readResults } from "./sweep-results.js";
export type { TrainEngineName } from "./train-engine.js";
export { WebgpuUnavailable } from "./webgpu-unavailable.js";
