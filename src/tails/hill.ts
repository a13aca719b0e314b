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
 * Hill's estimator on the upper half of `values` (ascending, positive): alpha = 1 + k/(sum_{j >= i} ln x_j - k ln x_i) with i = floor(n/2), k = n - i
 * ([Hil75]; "PL_Alpha_Hill" of [ZLM23]). Without a search for xmin it is deterministic and stable, and no test of whether there is a power law.
 * null where fewer than 2 values are positive in the upper half, or all of them are equal.
 */
export function hill(values: Float64Array): HillFit | null {
  const i = Math.floor(values.length / 2);
  const nTail = values.length - i;
  const xmin = values[i];
  if (nTail < 2 || !(xmin > 0)) return null;
  const start = Math.log(xmin);
  let sum = 0;
  for (let j = i; j < values.length; j++) sum += Math.log(values[j]) - start;
  if (!(sum > 0)) return null;
  const alpha = 1 + nTail / sum;
  return { alpha, xmin, nTail, sigma: (alpha - 1) / Math.sqrt(nTail) };
}
