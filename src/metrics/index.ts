/**
 * Numbers computed from one spectrum: norms, ranks, entropies, distances, localisation, and WeightWatcher's optional
 * columns.
 *
 * @module metrics
 */

export { logAlphaNorm, weightedAlpha } from "./alpha-norms.js";
export { matrixEntropy, weightWatcherEntropy } from "./entropy.js";
export {
  type EntryShape,
  type Initialisation,
  type InitialisationEvidence,
  recogniseInitialisation,
} from "./initialisation.js";
export { type Localisation, localisation } from "./localisation.js";
export { hardRank, matrixRank, rankLoss, weakRankLoss } from "./matrix-rank.js";
export { mpSoftRank } from "./mp-soft-rank.js";
export { squaredFrobeniusNorm, squaredSpectralNorm } from "./norms.js";
export { isNotPorterThomas, porterThomasDistance } from "./porter-thomas.js";
export { type Randomisation, type RandomisationScale, type Replicate, readRandomisation } from "./randomisation.js";
export { bulkSnr, spectrumSnr } from "./signal-to-noise.js";
export { largestSingularValue, smallestSingularValue } from "./singular-values.js";
export { kolmogorov, wasserstein } from "./spectral-distance.js";
export { stableRank } from "./stable-rank.js";
export { type TraceLog, type TraceLogPoint, traceLog } from "./trace-log.js";
export {
  type WeightWatcherBulk,
  type WeightWatcherRandomised,
  type WeightWatcherRandomSpectra,
  type WeightWatcherTraceLog,
  type WeightWatcherVectorMeasures,
  type WeightWatcherVectors,
  weightWatcherBulk,
  weightWatcherRandomised,
  weightWatcherReplicates,
  weightWatcherTraceLog,
  weightWatcherVectorMeasures,
  weightWatcherVectors,
} from "./weightwatcher/index.js";
