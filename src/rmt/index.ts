/**
 * Random-matrix laws and their fits: Marchenko-Pastur, Tracy-Widom, the spiked model, level spacings, and seeded
 * ensembles. REFERENCES.md has the sources.
 *
 * @module rmt
 */

export { type BulkFit, type BulkShape, fitBulk } from "./bulk-fit.js";
export { type BulkGoodness, bulkGoodness } from "./bulk-goodness.js";
export { type EdgeBand, type EdgeTest, testEdge } from "./edge-test.js";
export { ELEMENT_LAWS, type ElementLaw, elementSampler } from "./element-laws.js";
export {
  type Element,
  independentMatrix,
  type MatrixShape,
  orthonormal,
  pareto,
  spiked,
  wishart,
  withColumnVariances,
  withSpectrum,
} from "./ensembles.js";
export type { FourthMoment } from "./fourth-moment.js";
export { type LevelSpacing, levelSpacing, POISSON_RATIO, RANDOM_MATRIX_RATIO } from "./level-spacing.js";
export { type MarchenkoPastur, marchenkoPasturDensity, marchenkoPasturEdges } from "./marchenko-pastur.js";
export { marchenkoPasturCdf } from "./marchenko-pastur-cdf.js";
export { marchenkoPasturQuantile, marchenkoPasturQuantiles } from "./marchenko-pastur-quantiles.js";
export { type EntryLaw, nullObjection } from "./null-objection.js";
export { type PermutationNull, permutationNull } from "./permutation-null.js";
export { type RankBeyondEdge, rankBeyondEdge } from "./rank-beyond-edge.js";
export { type SpectralWidth, spectralWidth, type WidthShape } from "./spectral-width.js";
export {
  criticalStrength,
  invertSpike,
  type Spike,
  type SpikedBulk,
  spikeEigenvalue,
  spikeEigenvalueSd,
} from "./spiked-model.js";
export { type OverlapLaw, overlapLaw, overlapSurvival, type SubspacePair } from "./subspace-overlap.js";
export { tracyWidomCdf, tracyWidomQuantile, tracyWidomSurvival } from "./tracy-widom.js";
export { type EdgeScale, edgeScale } from "./tracy-widom-scale.js";
export { type Direction, type ExpectedTurn, type TurnByNoise, turnByNoise } from "./turn-by-noise.js";
export { wishartSpectrum } from "./wishart-spectrum.js";
