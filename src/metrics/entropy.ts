import type { Spectrum } from "../spectra/index.js";
import { matrixRank } from "./matrix-rank.js";
import { squaredFrobeniusNorm } from "./norms.js";

/** WeightWatcher adds this to every probability and to the rank, to avoid the logarithm of zero. */
const WEIGHTWATCHER_EPSILON = 1e-10;

/** WeightWatcher's `entropy`: -sum p ln p/ln(rank + 1e-10) with p = lambda/sum lambda + 1e-10 and its `matrix_rank`. */
export function weightWatcherEntropy(spectrum: Pick<Spectrum, "eigenvalues" | "N">): number {
  const total = squaredFrobeniusNorm(spectrum);
  let sum = 0;
  for (const lambda of spectrum.eigenvalues) {
    const p = lambda / total + WEIGHTWATCHER_EPSILON;
    sum -= p * Math.log(p);
  }
  return sum / Math.log(matrixRank(spectrum) + WEIGHTWATCHER_EPSILON);
}

/**
 * Matrix entropy S = -sum p ln p/ln(rank), p = lambda/sum lambda: 1 if all eigenvalues are equal, 0 if one carries
 * everything ([MM19] section 2.1). Random weights: 1 - 1/(2 Q ln M) [Pag93]. `rank` is the hard rank; null if it is
 * unknown or below 2.
 */
export function matrixEntropy(spectrum: Pick<Spectrum, "eigenvalues">, rank: number | null): number | null {
  if (rank === null || rank < 2) return null;
  const total = squaredFrobeniusNorm(spectrum);
  let sum = 0;
  for (const lambda of spectrum.eigenvalues) {
    if (lambda > 0) sum -= (lambda / total) * Math.log(lambda / total);
  }
  return sum / Math.log(rank);
}
