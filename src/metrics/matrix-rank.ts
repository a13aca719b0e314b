import type { Spectrum } from "../spectra/index.js";

const EPSILON = Number.EPSILON;

/**
 * WeightWatcher's `matrix_rank` over the pooled spectrum: #{nu > nu_max N eps}, nu = sqrt(lambda), eps = 2^-52. Correct
 * if the spectrum is resolved down to that level; see `Spectrum.unresolved`.
 */
export function matrixRank({ eigenvalues, N }: Pick<Spectrum, "eigenvalues" | "N">): number {
  return countAbove(eigenvalues, Math.sqrt(eigenvalues[eigenvalues.length - 1]) * N * EPSILON);
}

/**
 * WeightWatcher's `rank_loss`: the rank missing to full rank, summed over the matrices: sum over slices of M - #{nu >
 * nu_max N eps}.
 */
export function rankLoss({ slices, N }: Pick<Spectrum, "slices" | "N">): number {
  return slices.reduce(
    (loss, slice) => loss + slice.length - countAbove(slice, Math.sqrt(slice[slice.length - 1]) * N * EPSILON),
    0,
  );
}

/** WeightWatcher's `weak_rank_loss`: #{lambda < 1e-6}, an absolute bound. */
export function weakRankLoss({ eigenvalues }: Pick<Spectrum, "eigenvalues">): number {
  let count = 0;
  while (count < eigenvalues.length && eigenvalues[count] < 1e-6) count++;
  return count;
}

/**
 * The paper's hard rank, sum over slices of #{nu > nu_max eps32/(2 sqrt(N + M + 1))} with eps32 = 2^-23 ([MM21]
 * appendix A.4, after Numerical Recipes). null if the spectrum is not resolved down to that level (eigenvalues below
 * the floor of the Gram route): the count would be a guess.
 */
export function hardRank({
  slices,
  N,
  M,
  unresolved,
  route,
}: Pick<Spectrum, "slices" | "N" | "M" | "unresolved" | "route">): number | null {
  if (unresolved > 0 && route !== "bidiagonal") return null;
  const share = 2 ** -23 / (2 * Math.sqrt(N + M + 1));
  return slices.reduce((rank, slice) => rank + countAbove(slice, Math.sqrt(slice[slice.length - 1]) * share), 0);
}

/** The number of eigenvalues (ascending) whose singular value is above `bound`. */
function countAbove(eigenvalues: Float64Array, bound: number): number {
  let below = 0;
  while (below < eigenvalues.length && !(Math.sqrt(eigenvalues[below]) > bound)) below++;
  return eigenvalues.length - below;
}
