/** A watched training outside the application: lines for a terminal, metrics.jsonl, TensorBoard's event files. */
export { alarmLines, type LinesLook, phaseLegend, phaseLine } from "./phase-lines.js";
export { readingFields, type WatchReading } from "./reading.js";
export { metricsLine } from "./scalars.js";
export { eventFileHead, eventOfReading } from "./tensorboard.js";
