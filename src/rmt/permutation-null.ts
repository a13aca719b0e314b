/** A spectrum compared with those of the same entries permuted: exact for exchangeable entries of any law. */
export interface PermutationNull {
  readonly permutations: number;
  /**
   * Fraction of the spectra (including the matrix's own) whose largest eigenvalue is at least as large. Never below
   * 1/(permutations + 1).
   */
  readonly edgeP: number;
  /** Fraction of the spectra (including its own) that lie at least as far from all others. */
  readonly bulkP: number;
  /**
   * Its KS distance to all spectra together, divided by the median distance of a permuted one: 1 is typical, above 1.5
   * there is structure.
   */
  readonly misfitRatio: number;
  /**
   * The threshold that the largest eigenvalue of a permuted matrix exceeds with probability `level`, and the number of
   * the matrix's own eigenvalues above it.
   */
  readonly threshold: number;
  readonly level: number;
  readonly spikes: number;
  /** Mean and standard deviation of the largest eigenvalue of a permuted matrix. */
  readonly largestMean: number;
  readonly largestSd: number;
}

/** The level of the spike count, if there are enough permutations. */
const LEVEL = 0.01;

/**
 * The permutation null of a spectrum (ascending). `permuted`: spectra of the same entries in random order, each with
 * the same number of eigenvalues. The p-values are ranks: (1 + #{permuted at least as extreme})/(1 + permutations).
 *
 * Bulk: remove the spikes (the same number from every spectrum), scale each spectrum to the mean one by least squares,
 * and take its KS distance to all of them together as its misfit. `bulkP` is the rank of the matrix's own misfit. O(n^2
 * m) for n spectra of m eigenvalues. Throws `RangeError` without permuted spectra, or if one has another length.
 */
export function permutationNull(eigenvalues: Float64Array, permuted: readonly Float64Array[]): PermutationNull {
  const n = permuted.length;
  if (n === 0) throw new RangeError("permutationNull: at least one permuted spectrum is needed");
  for (const { length } of permuted) {
    if (length !== eigenvalues.length)
      throw new RangeError(`permutationNull: a spectrum of ${length} eigenvalues for one of ${eigenvalues.length}`);
  }
  const m = eigenvalues.length;
  const largest = permuted.map((values) => values[m - 1]).sort((a, b) => b - a);
  const passed = largest.filter((value) => value >= eigenvalues[m - 1]).length;
  const largestMean = largest.reduce((sum, value) => sum + value, 0) / n;
  // One more matrix would take each of the n + 1 ranks with the same probability.
  const rank = Math.max(1, Math.floor(LEVEL * (n + 1)));
  const threshold = largest[rank - 1];
  let spikes = 0;
  while (spikes < m && eigenvalues[m - 1 - spikes] > threshold) spikes++;

  const [own, ...others] = misfits(
    [eigenvalues, ...permuted].map((values) => values.subarray(0, m - Math.min(spikes, m - 1))),
  );
  const further = others.filter((misfit) => misfit >= own).length;
  const median = others.slice().sort((a, b) => a - b)[others.length >> 1];
  return {
    permutations: n,
    edgeP: (1 + passed) / (1 + n),
    bulkP: (1 + further) / (1 + n),
    misfitRatio: median > 0 ? own / median : own > 0 ? Number.POSITIVE_INFINITY : 1,
    threshold,
    level: rank / (n + 1),
    spikes,
    largestMean,
    largestSd: Math.sqrt(largest.reduce((sum, value) => sum + (value - largestMean) ** 2, 0) / Math.max(1, n - 1)),
  };
}

/** The KS distance of each spectrum, scaled to the mean one, to all spectra together. */
function misfits(spectra: readonly Float64Array[]): number[] {
  const m = spectra[0].length;
  const mean = new Float64Array(m);
  for (const values of spectra) for (let i = 0; i < m; i++) mean[i] += values[i] / spectra.length;
  const square = mean.reduce((sum, value) => sum + value * value, 0);
  const scaled = spectra.map((values) => {
    let cross = 0;
    for (let i = 0; i < m; i++) cross += values[i] * mean[i];
    return cross > 0 ? values.map((value) => (value * square) / cross) : values;
  });
  const pooled = new Float64Array(m * spectra.length);
  for (const [k, values] of scaled.entries()) pooled.set(values, k * m);
  pooled.sort();
  // The pool contains each spectrum itself with the same weight. So these are the distances to the other spectra times
  // one common factor.
  return scaled.map((values) => distance(values, pooled));
}

/** sup |F - G| of two ascending samples. */
function distance(values: Float64Array, pooled: Float64Array): number {
  let i = 0;
  let j = 0;
  let most = 0;
  while (i < values.length) {
    const x = values[i];
    while (j < pooled.length && pooled[j] < x) j++;
    most = Math.max(most, Math.abs(j / pooled.length - i / values.length));
    while (i < values.length && values[i] === x) i++;
    while (j < pooled.length && pooled[j] === x) j++;
    most = Math.max(most, Math.abs(j / pooled.length - i / values.length));
  }
  return most;
}
