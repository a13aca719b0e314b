/**
 * What a small matrix costs in confidence, in eigenvalues. Chosen by eye on the bins of the reliability table of seeds
 * 1 and 2 (scripts/judge-phases.mjs), not fitted; docs/validation.md has the bins of draws that it was not chosen on.
 */
const COST_OF_SMALLNESS = 4;

/**
 * The chance that a name is right, from the probability of its leaf: the questions know the errors of their statistics,
 * but not the shapes that nobody planned, and these show the less the fewer eigenvalues there are. Throws nothing;
 * `size` is the number of eigenvalues per matrix.
 */
export function calibratedConfidence(probability: number, size: number): number {
  return probability * Math.max(0, 1 - COST_OF_SMALLNESS / size);
}
