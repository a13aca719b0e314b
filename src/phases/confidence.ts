/**
 * What a small matrix costs in confidence, in eigenvalues: of 3,000 ensemble draws named with a probability above 0.9, 8 % of those with M below 64 were wrong,
 * 2 % of those between 64 and 128, and 1 % above (calibration seed 1; docs/validation.md).
 */
const COST_OF_SMALLNESS = 4;

/**
 * The chance that a name is right, from the probability of its leaf: the questions know the errors of their statistics, but not the shapes that nobody
 * planned, and these show the less the fewer eigenvalues there are. Throws nothing; `size` is the number of eigenvalues per matrix.
 */
export function calibratedConfidence(probability: number, size: number): number {
  return probability * Math.max(0, 1 - COST_OF_SMALLNESS / size);
}
