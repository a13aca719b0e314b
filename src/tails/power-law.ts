import { scanPowerLaw } from "./power-law-scan.js";

/** A continuous power law rho(lambda) ~ lambda^-alpha fitted above xmin [CSN09]. */
export interface PowerLawFit {
  readonly alpha: number;
  readonly xmin: number;
  readonly xmax: number;
  /**
   * Standard error of alpha, (alpha - 1)/sqrt(nTail) ([CSN09] eq. 3.2): for a given xmin. `bootstrapPowerLaw` includes
   * the choice of xmin.
   */
  readonly sigma: number;
  /** Kolmogorov-Smirnov distance of the tail to the fitted law, as WeightWatcher computes it (`fitPowerLaw`). */
  readonly ks: number;
  /** Values at or above xmin. */
  readonly nTail: number;
  /** Values used by the scan. */
  readonly n: number;
}

export interface PowerLawOptions {
  /**
   * Search xmin only among the distinct values in [low, high], except the largest of them (powerlaw 1.5's rule,
   * [ABP14]). Default: all values.
   */
  readonly xminRange?: readonly [low: number, high: number];
  /**
   * "force": compute distances to the law cut off at the largest value, F(x)/F(xmax), but keep alpha of the unbounded
   * law. This is what WeightWatcher's xmax="force" and the fits of [MM19] do (powerlaw's `Fit(evals,
   * xmax=max(evals))`). Default "none".
   */
  readonly xmax?: "none" | "force";
}

/**
 * WeightWatcher ignores values at or below this. The bound is absolute, so the fit of small weights depends on their
 * scale.
 */
export const SMALLEST_VALUE = 1e-5;

/** The values that WeightWatcher fits: those of the ascending `values` above `SMALLEST_VALUE`. */
export function fittedValues(values: Float64Array): Float64Array {
  let first = 0;
  while (first < values.length && !(values[first] > SMALLEST_VALUE)) first++;
  return values.subarray(first);
}

/**
 * Fits a power law to the tail of `values` (ascending) by maximum likelihood ([CSN09] eq. 3.1) at every xmin among
 * them, and chooses the xmin with the smallest Kolmogorov-Smirnov distance (ibid. 3.3). The rule is WeightWatcher
 * 0.7.5.5's, digit for digit: values above 1e-5; every value but the largest is a candidate; D_i = max_j |1 -
 * (x_j/x_i)^(1 - alpha_i) - (j - i)/k| with k = n - i; D_i = 1 if alpha_i <= 1; the first minimum wins.
 *
 * Worst case O(n^2), in practice a few passes: a candidate is dropped at the first j whose distance exceeds the best so
 * far. null if fewer than 2 values are above 1e-5 (or no candidate lies in `xminRange`), or if all are equal.
 */
export function fitPowerLaw(
  values: Float64Array,
  { xminRange, xmax = "none" }: PowerLawOptions = {},
): PowerLawFit | null {
  const x = fittedValues(values);
  const n = x.length;
  if (n < 2 || x[0] === x[n - 1]) return null;
  const candidates = xminRange === undefined ? {} : candidatesIn(x, xminRange);
  const scan = scanPowerLaw(x.map(Math.log), { ...candidates, bounded: xmax === "force" });
  if (scan === null) return null;
  const { best, alpha, distance } = scan;
  return {
    alpha,
    xmin: x[best],
    xmax: x[n - 1],
    sigma: (alpha - 1) / Math.sqrt(n - best),
    ks: distance,
    nTail: n - best,
    n,
  };
}

/**
 * Indices of the candidates in [low, high]; the largest distinct value is not a candidate, because it could be xmax.
 */
export function candidatesIn(x: Float64Array, [low, high]: readonly [number, number]): { first: number; end: number } {
  let first = 0;
  while (first < x.length && x[first] < low) first++;
  let last = x.length - 1;
  while (last > first && x[last] > high) last--;
  while (last > first && x[last - 1] === x[last]) last--;
  return { first, end: Math.max(first, last) };
}
