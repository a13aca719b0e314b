/** A watched training outside the application: lines for a terminal, metrics.jsonl, TensorBoard's event files. */
export { readingJson, type WatchReading } from "./reading.js";
export { metricsLine } from "./scalars.js";
export { eventFileHead, eventOfReading } from "./tensorboard.js";
