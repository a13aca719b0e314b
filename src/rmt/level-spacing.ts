import type { BulkFit } from "./bulk-fit.js";

/** Mean ratio of consecutive spacings. It needs no unfolding of the spectrum. */
export interface LevelSpacing {
  /** Mean of min(s_i, s_(i+1))/max(s_i, s_(i+1)) over consecutive spacings of the bulk. */
  readonly ratio: number;
  readonly standardError: number;
  /** Pairs of spacings used. */
  readonly pairs: number;
}

/**
 * The mean ratio for the eigenvalues of a random matrix (beta = 1, large size) and for independent levels, 2 ln 2 - 1
 * [ABGR13].
 */
export const RANDOM_MATRIX_RATIO = 0.5307;
export const POISSON_RATIO = 2 * Math.LN2 - 1;
/**
 * Variance of one ratio for beta = 1, including the correlation of neighbouring ratios, from seeded Wishart spectra.
 */
const RATIO_VARIANCE = 0.095;
const MIN_PAIRS = 10;

/**
 * Level statistics of the bulk: do its eigenvalues repel each other like those of a random matrix (0.5307), or are they
 * independent (0.3863)? `slices` are the spectra of single matrices, ascending; spacings between different matrices
 * mean nothing. Only eigenvalues inside the edges count. null for fewer than 10 pairs.
 */
export function levelSpacing(
  slices: readonly Float64Array[],
  { lambdaMinus, lambdaPlus }: Pick<BulkFit, "lambdaMinus" | "lambdaPlus">,
): LevelSpacing | null {
  let sum = 0;
  let pairs = 0;
  for (const slice of slices) {
    for (let i = 1; i < slice.length - 1; i++) {
      if (slice[i - 1] < lambdaMinus || slice[i - 1] <= 0 || slice[i + 1] > lambdaPlus) continue;
      const [a, b] = [slice[i] - slice[i - 1], slice[i + 1] - slice[i]];
      if (!(a + b > 0)) continue;
      sum += Math.min(a, b) / Math.max(a, b);
      pairs++;
    }
  }
  return pairs < MIN_PAIRS ? null : { ratio: sum / pairs, standardError: Math.sqrt(RATIO_VARIANCE / pairs), pairs };
}
