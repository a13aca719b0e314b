/**
 * The penalty on the confidence is this number over the eigenvalues per matrix. Chosen by eye on the bins of the
 * reliability table of seeds 1 and 2 (scripts/judge-phases.mjs), not fitted. docs/validation.md has the bins of
 * independent draws.
 */
const SIZE_PENALTY = 4;

/**
 * The probability that a name is right, from the probability of its leaf. The questions account for the errors of their
 * statistics, but not for shapes that nobody planned. Fewer eigenvalues show such shapes less clearly. Throws nothing;
 * `size` is the number of eigenvalues per matrix.
 */
export function calibratedConfidence(probability: number, size: number): number {
  return probability * Math.max(0, 1 - SIZE_PENALTY / size);
}
