/**
 * Wasserstein-1 distance of two empirical spectra with the same number of eigenvalues (ascending), relative to the mean
 * eigenvalue of the first: mean |a_i - b_i|/mean a. It is the smallest average shift that turns one spectrum into the
 * other, and independent of scale. NaN for a zero spectrum.
 */
export function wasserstein(a: Float64Array, b: Float64Array): number {
  assertSameSize(a, b);
  let shift = 0;
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    shift += Math.abs(a[i] - b[i]);
    total += a[i];
  }
  return shift / total;
}

/**
 * Kolmogorov distance of two empirical spectra with the same number of eigenvalues (ascending): the largest difference
 * of their distribution functions, in [0, 1].
 */
export function kolmogorov(a: Float64Array, b: Float64Array): number {
  assertSameSize(a, b);
  const n = a.length;
  let i = 0;
  let j = 0;
  let distance = 0;
  while (i < n && j < n) {
    const at = Math.min(a[i], b[j]);
    while (i < n && a[i] <= at) i++;
    while (j < n && b[j] <= at) j++;
    distance = Math.max(distance, Math.abs(i - j));
  }
  return distance / n;
}

function assertSameSize(a: Float64Array, b: Float64Array): void {
  if (a.length !== b.length)
    throw new RangeError(`a distance of spectra needs as many eigenvalues in both, got ${a.length} and ${b.length}`);
}
