import { scanXmin } from "./xmin-scan.js";

/** Which Kolmogorov-Smirnov distance the scan minimises. */
export interface DistanceRule {
  /**
   * 0: max_j |F(x_j) - j/k|, WeightWatcher's distance, which uses only the lower side of each step of the empirical
   * distribution function. 1: max_j max(F(x_j) - j/k, (j + 1)/k - F(x_j)), the two-sided distance. Default 0.
   */
  readonly step?: 0 | 1;
  /** Divide F by F(xmax): the law ends at the largest value. Default false. */
  readonly bounded?: boolean;
}

/** Candidates of a scan: first <= i < end. */
export interface Candidates {
  readonly first?: number;
  readonly end?: number;
}

/** The best xmin of a scan, as an index into the logarithms, with its exponent. */
export interface PowerLawScan {
  readonly best: number;
  readonly alpha: number;
  readonly distance: number;
}

/**
 * Computes the maximum-likelihood exponent ([CSN09] eq. 3.1) at every candidate xmin and returns the candidate with the
 * smallest distance (ibid. 3.3). `logs` ascending. Worst case O(n^2), in practice a few passes. null if no candidate
 * has 1 < alpha < infinity and a distance below 1.
 */
export function scanPowerLaw(
  logs: Float64Array,
  { first = 0, end = logs.length - 1, step = 0, bounded = false }: Candidates & DistanceRule = {},
): PowerLawScan | null {
  const alphas = exponents(logs);
  const { best, distance } = scanXmin(first, end, (i, bound) =>
    alphas[i] > 1 && alphas[i] < Number.POSITIVE_INFINITY
      ? ksDistance(logs, i, { alpha: alphas[i], bound, step, bounded })
      : 1,
  );
  return distance < 1 ? { best, alpha: alphas[best], distance } : null;
}

/**
 * The smallest candidate below index `end` whose two-sided distance is below `scaled`/sqrt(k), k = n - i; null if there
 * is none.
 */
export function firstCloseCandidate(logs: Float64Array, end: number, scaled: number): PowerLawScan | null {
  const alphas = exponents(logs);
  for (let i = 0; i < end; i++) {
    const alpha = alphas[i];
    if (!(alpha > 1 && alpha < Number.POSITIVE_INFINITY)) continue;
    const bound = scaled / Math.sqrt(logs.length - i);
    const distance = ksDistance(logs, i, { alpha, bound, step: 1, bounded: false });
    if (distance < bound) return { best: i, alpha, distance };
  }
  return null;
}

/** Exponent and distance of the candidates at `indices`, as `scanPowerLaw` computes them. O(n) for each index. */
export function fitsAt(logs: Float64Array, indices: readonly number[]): { alpha: number; distance: number }[] {
  const alphas = exponents(logs);
  const whole = { bound: Number.POSITIVE_INFINITY, step: 0, bounded: false } as const;
  return indices.map((i) => {
    const alpha = alphas[i];
    const fits = alpha > 1 && alpha < Number.POSITIVE_INFINITY;
    return { alpha, distance: fits ? ksDistance(logs, i, { alpha, ...whole }) : 1 };
  });
}

/** alpha_i = 1 + k/(sum_{j >= i} ln x_j - k ln x_i) with k = n - i, for every i < n - 1. */
function exponents(logs: Float64Array): Float64Array {
  const n = logs.length;
  const alphas = new Float64Array(Math.max(0, n - 1));
  let sum = logs[n - 1];
  for (let i = n - 2; i >= 0; i--) {
    sum += logs[i];
    alphas[i] = 1 + (n - i) / (sum - (n - i) * logs[i]);
  }
  return alphas;
}

interface Candidate extends Required<DistanceRule> {
  readonly alpha: number;
  readonly bound: number;
}

/** D_i, or the first partial maximum above `bound`. Starts with a coarse grid of j, where most candidates fail. */
function ksDistance(logs: Float64Array, i: number, { alpha, bound, step, bounded }: Candidate): number {
  const k = logs.length - i;
  const start = logs[i];
  const slope = 1 - alpha;
  const scale = bounded ? 1 / (1 - Math.exp(slope * (logs[logs.length - 1] - start))) : 1;
  let most = 0;
  const stride = Math.max(1, k >> 5);
  for (let j = stride >> 1; j < k; j += stride) {
    const F = (1 - Math.exp(slope * (logs[i + j] - start))) * scale;
    const gap = Math.max(F - j / k, (j + step) / k - F);
    if (gap > most) most = gap;
  }
  if (most > bound || stride === 1) return most;
  for (let j = 0; j < k; j++) {
    const F = (1 - Math.exp(slope * (logs[i + j] - start))) * scale;
    const gap = Math.max(F - j / k, (j + step) / k - F);
    if (gap > most) {
      most = gap;
      if (most > bound) return most;
    }
  }
  return most;
}
