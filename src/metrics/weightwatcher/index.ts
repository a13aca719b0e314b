export { type WeightWatcherBulk, weightWatcherBulk } from "./mp-fit.js";
export {
  type WeightWatcherRandomised,
  type WeightWatcherRandomSpectra,
  weightWatcherRandomised,
  weightWatcherReplicates,
} from "./randomised.js";
export { type WeightWatcherTraceLog, weightWatcherTraceLog } from "./trace-log.js";
export {
  type WeightWatcherVectorMeasures,
  type WeightWatcherVectors,
  weightWatcherVectorMeasures,
  weightWatcherVectors,
} from "./vectors.js";
