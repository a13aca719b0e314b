export { logAlphaNorm, weightedAlpha } from "./alpha-norms.js";
export { matrixEntropy, peerEntropy } from "./entropy.js";
export { hardRank, matrixRank, rankLoss, weakRankLoss } from "./matrix-rank.js";
export { mpSoftRank } from "./mp-soft-rank.js";
export { squaredFrobeniusNorm, squaredSpectralNorm } from "./norms.js";
export { largestSingularValue, smallestSingularValue } from "./singular-values.js";
export { stableRank } from "./stable-rank.js";
