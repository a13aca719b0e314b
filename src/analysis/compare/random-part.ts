import { liveSpectrum } from "../../phases/live-spectrum.js";
import { type BulkFit, fitBulk, rankBeyondEdge } from "../../rmt/index.js";
import type { Spectrum } from "../../spectra/index.js";

/** A difference of two matrices as a random matrix plus structure. In the units of its eigenvalues. */
export interface RandomPart {
  /** The fit to its bulk; null if there is none. */
  readonly bulk: BulkFit | null;
  /**
   * Variance of an entry of the random part, and the edge of its bulk. 0 if no eigenvalue below the structure exceeds
   * rounding; null if no bulk can be told from the rest.
   */
  readonly sigma2: number | null;
  readonly edge: number | null;
  /** Directions beyond the random part, with a 99 % interval. */
  readonly rank: number;
  readonly rankLow: number;
  readonly rankHigh: number;
}

/**
 * Below this share of the structure, the kurtosis of all entries is that of the random part, and the fit uses it. Above
 * it the structure has a kurtosis of its own.
 */
const MAX_SHARE_FOR_KURTOSIS = 0.1;

/**
 * Splits a difference by the fit to its bulk (`fitBulk`, on live rows and columns). `floor`: eigenvalues at or below it
 * may be rounding to the stored types. If fewer than half of the eigenvalues are resolved there is no bulk: the others
 * are the rank. If no bulk can be fitted although most are resolved, the rank is the number of eigenvalues above the
 * floor, and at least half of them are beyond any bulk. Pure, O(n).
 */
export function randomPart(spectrum: Spectrum, floor: number): RandomPart {
  const { eigenvalues, N, M, rf, kurtosis } = liveSpectrum(spectrum);
  const { resolvedFloor } = spectrum;
  const fitted = (assumed: number): RandomPart | null => {
    const bulk = fitBulk(eigenvalues, { N, M, rf, floor: resolvedFloor, kurtosis: assumed });
    if (bulk === null) return null;
    const { rank, low, high } = rankBeyondEdge(eigenvalues, bulk, rf);
    return { bulk, sigma2: bulk.sigma2, edge: bulk.lambdaPlus, rank, rankLow: low, rankHigh: high };
  };
  if (2 * countAbove(eigenvalues, resolvedFloor) >= eigenvalues.length) {
    const gaussian = fitted(3);
    if (gaussian !== null)
      return energyShare(eigenvalues, gaussian.rank) < MAX_SHARE_FOR_KURTOSIS
        ? (fitted(kurtosis) ?? gaussian)
        : gaussian;
  }
  const rank = countAbove(eigenvalues, Math.max(floor, resolvedFloor));
  const isLowRank = 2 * rank < eigenvalues.length;
  const noise = isLowRank ? 0 : null;
  const rankLow = isLowRank ? rank : Math.ceil(rank / 2);
  return { bulk: null, sigma2: noise, edge: noise, rank, rankLow, rankHigh: rank };
}

/** How many of the ascending values are above a bound. */
export function countAbove(ascending: Float64Array, bound: number): number {
  let count = 0;
  while (count < ascending.length && ascending[ascending.length - 1 - count] > bound) count++;
  return count;
}

/** Share of the sum of ascending eigenvalues that the `rank` largest have. 0 if all are zero. */
export function energyShare(ascending: Float64Array, rank: number): number {
  const sum = (values: Float64Array): number => values.reduce((total, lambda) => total + lambda, 0);
  const all = sum(ascending);
  return all > 0 ? Math.min(1, sum(ascending.subarray(ascending.length - rank)) / all) : 0;
}
