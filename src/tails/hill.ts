/** Hill's estimate of the exponent of a density with a power-law tail. */
export interface HillFit {
  /** Exponent of the density, 1 + 1/(Hill's index of the survival function). */
  readonly alpha: number;
  readonly xmin: number;
  readonly nTail: number;
  /** Standard error (alpha - 1)/sqrt(nTail). */
  readonly sigma: number;
}

/**
 * Hill's estimator on the `k` largest of `values` (ascending, positive): alpha = 1 + k/(sum_{j >= i} ln x_j - k ln x_i)
 * with i = n - k. By default the upper half, i = floor(n/2) ([Hil75]; "PL_Alpha_Hill" of [ZLM23]). x_i is one of the k,
 * as in the powerlaw package and in `fitPowerLaw`; Hill's own k is one less. It does not search for xmin, so it is
 * deterministic and stable. It does not test whether there is a power law. null if k < 2, k > n, the values are not
 * positive, or all are equal.
 */
export function hill(
  values: Float64Array,
  { k = values.length - Math.floor(values.length / 2) }: { k?: number } = {},
): HillFit | null {
  if (!(Number.isInteger(k) && k >= 2 && k <= values.length)) return null;
  const xmin = values[values.length - k];
  if (!(xmin > 0)) return null;
  const start = Math.log(xmin);
  let sum = 0;
  for (let j = values.length - k; j < values.length; j++) sum += Math.log(values[j]) - start;
  return sum > 0 ? estimate(sum, { k, xmin }) : null;
}

function estimate(sum: number, { k, xmin }: { k: number; xmin: number }): HillFit {
  const alpha = 1 + k / sum;
  return { alpha, xmin, nTail: k, sigma: (alpha - 1) / Math.sqrt(k) };
}

/**
 * The Hill plot: the estimate for every k from 2 to the number of positive values, in this order ([Hil75]). A power law
 * shows as a range of k in which alpha stays within its standard error. k is omitted if the k largest values are all
 * equal. O(n).
 */
export function hillPlot(values: Float64Array): HillFit[] {
  const plot: HillFit[] = [];
  const n = values.length;
  let sumLogs = n > 0 ? Math.log(values[n - 1]) : 0;
  for (let k = 2; k <= n && values[n - k] > 0; k++) {
    const start = Math.log(values[n - k]);
    sumLogs += start;
    if (values[n - k] < values[n - 1]) plot.push(estimate(sumLogs - k * start, { k, xmin: values[n - k] }));
  }
  return plot;
}

/** Hill's estimate over several spectra of one matrix. */
export interface PooledHillFit extends HillFit {
  /**
   * Mean and sample standard deviation of the estimates of the single spectra, each on its own upper half; null if too
   * few have one.
   */
  readonly meanAlpha: number | null;
  readonly alphaSpread: number | null;
  /** Spectra with an estimate. */
  readonly spectra: number;
}

/**
 * The tail part of the fixed-aspect-ratio estimator FARMS [HGKY25]: `hill` on the upper half of all eigenvalues of the
 * sub-matrices together, that is, of the average of their spectral densities. Each spectrum ascending. Sub-matrices of
 * one matrix overlap, so `sigma` uses the number of values per spectrum (nTail/spectra) and is an upper bound. null if
 * the pool has no estimate.
 */
export function pooledHill(spectra: readonly Float64Array[]): PooledHillFit | null {
  const pool = new Float64Array(spectra.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const spectrum of spectra) {
    pool.set(spectrum, filled);
    filled += spectrum.length;
  }
  const pooled = hill(pool.sort());
  if (pooled === null) return null;
  const alphas = spectra.map((spectrum) => hill(spectrum)?.alpha).filter((alpha) => alpha !== undefined);
  const count = alphas.length;
  const mean = alphas.reduce((sum, alpha) => sum + alpha, 0) / count;
  const squares = alphas.reduce((sum, alpha) => sum + (alpha - mean) ** 2, 0);
  return {
    ...pooled,
    sigma: pooled.sigma * Math.sqrt(Math.max(1, count)),
    meanAlpha: count > 0 ? mean : null,
    alphaSpread: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    spectra: count,
  };
}
