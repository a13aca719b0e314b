/** A continuous power law rho(lambda) ~ lambda^-alpha fitted above xmin [CSN09]. */
export interface PowerLawFit {
  readonly alpha: number;
  readonly xmin: number;
  readonly xmax: number;
  /** Standard error of alpha, (alpha - 1)/sqrt(nTail) ([CSN09] eq. 3.2). */
  readonly sigma: number;
  /** Kolmogorov-Smirnov distance of the tail to the fitted law, as the peer takes it (`fitPowerLaw`). */
  readonly ks: number;
  /** Values at or above xmin. */
  readonly nTail: number;
  /** Values the fit was made on. */
  readonly n: number;
}

/** Values at or below this are left out, as the peer does: an absolute bound, so that the fit depends on the scale of the weights below it. */
export const SMALLEST_VALUE = 1e-5;

/**
 * Fits a power law to the tail of `values` (ascending) by maximum likelihood ([CSN09] eq. 3.1) at every xmin among them, and takes the xmin with the
 * smallest Kolmogorov-Smirnov distance (ibid. 3.3). Digit for digit WeightWatcher 0.7.5.5's rule: values above 1e-5; every value but the largest is a
 * candidate; D_i = max_j |1 - (x_j/x_i)^(1 - alpha_i) - (j - i)/k| with k = n - i; D_i = 1 where alpha_i <= 1; the first minimum wins.
 *
 * Worst case O(n^2), in practice a few passes: a candidate is dropped at the first j that brings its distance above the best so far.
 * null where fewer than 2 values are above 1e-5 or all are equal.
 */
export function fitPowerLaw(values: Float64Array): PowerLawFit | null {
  let first = 0;
  while (first < values.length && !(values[first] > SMALLEST_VALUE)) first++;
  const x = values.subarray(first);
  const n = x.length;
  if (n < 2 || x[0] === x[n - 1]) return null;
  const logs = x.map(Math.log);
  const alphas = exponents(logs);

  let best = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const i of candidateOrder(n)) {
    // A tie goes to the smaller xmin, whatever the order of the search.
    const bound = i < best ? smallest : smallest * (1 - Number.EPSILON);
    const distance = alphas[i] > 1 && alphas[i] < Number.POSITIVE_INFINITY ? ksDistance(logs, i, { alpha: alphas[i], bound }) : 1;
    if (distance < smallest || (distance === smallest && i < best)) {
      smallest = distance;
      best = i;
    }
  }
  if (!(smallest < 1)) return null;
  const alpha = alphas[best];
  return { alpha, xmin: x[best], xmax: x[n - 1], sigma: (alpha - 1) / Math.sqrt(n - best), ks: smallest, nTail: n - best, n };
}

/** alpha_i = 1 + k/(sum_{j >= i} ln x_j - k ln x_i) for every i < n - 1. */
function exponents(logs: Float64Array): Float64Array {
  const n = logs.length;
  const alphas = new Float64Array(n - 1);
  let sum = logs[n - 1];
  for (let i = n - 2; i >= 0; i--) {
    sum += logs[i];
    alphas[i] = 1 + (n - i) / (sum - (n - i) * logs[i]);
  }
  return alphas;
}

/** Every index once, coarse to fine, so that a good candidate is known early and the others are dropped early. */
function* candidateOrder(n: number): Generator<number> {
  const last = n - 1;
  let stride = 1;
  while (stride * 64 < last) stride *= 2;
  for (let i = 0; i < last; i += stride) yield i;
  for (; stride > 1; stride /= 2) for (let i = stride / 2; i < last; i += stride) yield i;
}

/** D_i, or the first partial maximum above `bound`. Looks at a coarse grid of j first: most candidates fail there. */
function ksDistance(logs: Float64Array, i: number, { alpha, bound }: { alpha: number; bound: number }): number {
  const k = logs.length - i;
  const start = logs[i];
  let most = 0;
  const stride = Math.max(1, k >> 5);
  for (let j = stride >> 1; j < k; j += stride) {
    const gap = Math.abs(1 - Math.exp((1 - alpha) * (logs[i + j] - start)) - j / k);
    if (gap > most) most = gap;
  }
  if (most > bound || stride === 1) return most;
  for (let j = 0; j < k; j++) {
    const gap = Math.abs(1 - Math.exp((1 - alpha) * (logs[i + j] - start)) - j / k);
    if (gap > most) {
      most = gap;
      if (most > bound) return most;
    }
  }
  return most;
}
