/**
 * The foundation: special functions, quadrature, roots, eigenvalues of a small symmetric matrix, rank correlations with
 * their intervals and permutation tests, seeded random numbers.
 *
 * @module numeric
 */

export { airyAi } from "./airy.js";
export { chiSquaredSampler } from "./chi-squared.js";
export { type CorrelationInterval, kendallInterval, MIN_PAIRS, spearmanInterval } from "./correlation-interval.js";
export { deriveSeed } from "./derived-seed.js";
export { gaussLegendre, type Quadrature } from "./gauss-legendre.js";
export { betaSurvival, logGamma } from "./incomplete-beta.js";
export { logUpperGamma, scaledExponentialIntegral } from "./incomplete-gamma.js";
export { median } from "./median.js";
export { chiSquaredSurvival, erfc, logNormalSurvival, normalQuantile, normalSurvival } from "./normal.js";
export { type BestOfMany, bestOfManyP, MAX_EXACT_PAIRS, permutationP } from "./permutation-test.js";
export { createRng, normalSampler, type Rng, shuffleInPlace, shufflePartInPlace } from "./random.js";
export { kendallTauB, midranks, spearman } from "./rank-correlation.js";
export { findRoot } from "./root.js";
export { type SymmetricEigen, symmetricEigen } from "./symmetric-eigen.js";
