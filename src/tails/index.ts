/**
 * Heavy-tail laws and their fits: the power law as WeightWatcher fits it, with its interval and p-value, the tail
 * index, the other laws and their likelihood ratios, the bootstrap, and Hill's estimators.
 *
 * @module tails
 */

export {
  bootstrapPowerLaw,
  type Interval,
  type PowerLawReplicates,
  type PowerLawUncertainty,
  powerLawUncertainty,
  type Replicates,
  resamplePowerLaw,
} from "./bootstrap.js";
export { type BulkTail, bulkTailIndex } from "./bulk-tail-index.js";
export { type DecidedLaw, decideLaw } from "./decide-law.js";
export { type ClippedFit, clipFingers, fitWithoutLargest } from "./fingers.js";
export { fitGeneralisedPareto, type GeneralisedParetoFit } from "./generalised-pareto.js";
export {
  type GoodnessOfFit,
  goodnessFromDistances,
  powerLawGoodness,
  powerLawGoodnessAbove,
  replicateDistances,
} from "./goodness-of-fit.js";
export { type HillFit, hill, hillPlot, type PooledHillFit, pooledHill } from "./hill.js";
export { compareTailLaws, type LawComparison, type TailComparison } from "./likelihood-ratio.js";
export { type MuEstimate, muFromAlpha, UNIVERSALITY_CLASSES, type UniversalityClass } from "./mu-from-alpha.js";
export { fitPowerLaw, type PowerLawFit, type PowerLawOptions } from "./power-law.js";
export { alphaInterval, powerLawP } from "./power-law-pivots.js";
export { fitFromPeak, peakRange } from "./spectral-peak.js";
export { type TailIndex, type TailIndexOptions, tailIndex, tailIndexAbove } from "./tail-index.js";
export {
  HEAVY_INDEX,
  type JudgementOptions,
  judgeTail,
  type TailAlternatives,
  type TailJudgement,
} from "./tail-judgement.js";
export { type FittedTail, fitTailLaw, TAIL_LAWS, type TailLaw, type TailLawName } from "./tail-laws.js";
export { fitTruncatedPowerLaw, type TruncatedPowerLawFit } from "./truncated-power-law.js";
export { type CurveOptions, type XminCurve, xminCurve } from "./xmin-curve.js";
