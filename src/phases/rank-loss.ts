import type { Spectrum } from "../spectra/index.js";
import type { LowerEnd } from "./lower-end.js";
import type { SpectralJump } from "./spectral-jump.js";

/**
 * A spectrum counts as near zero if at least this fraction lies below a hundredth of the largest eigenvalue. Then
 * nearly all of it is in the first bin of the paper's picture.
 */
const MIN_NEAR_ZERO_FRACTION = 0.86;
/**
 * If fewer entries than this fraction of a column carry the matrix, single entries dominate, and the lower end says
 * nothing about the rank.
 */
const MIN_CARRYING_SHARE = 1 / 12;

/** Decades of the trailing eigenvalues; null if few are near zero, or a few entries carry the matrix. */
export function trailing({ entries, N }: Spectrum, { nearZeroFraction, trailingDecades }: LowerEnd): number | null {
  if (trailingDecades === null || nearZeroFraction < MIN_NEAR_ZERO_FRACTION) return null;
  // (sum w^2)^2/sum w^4, the participation number of the entries.
  const carrying =
    entries === undefined
      ? Number.POSITIVE_INFINITY
      : entries.count / entries.liveRows.length / (entries.kurtosis ?? 3);
  return carrying < MIN_CARRYING_SHARE * N ? null : finite(trailingDecades);
}

/**
 * Decades of a jump that count as lost rank. 0 if the eigenvalues below the jump are a bulk of their own and carry more
 * than a hundredth of the trace.
 */
export function rankLossDecades({ decades, weight, misfit }: SpectralJump): number {
  const isOwnBulk = weight > MAX_WEIGHT_BELOW && misfit !== null && misfit < MAX_MISFIT_BELOW;
  return isOwnBulk ? 0 : Math.max(0, decades);
}

const MAX_WEIGHT_BELOW = 0.01;
/** A true bulk rarely misfits by more. */
const MAX_MISFIT_BELOW = 1.7;

/** Fraction of the trace that the largest `count` eigenvalues carry. */
export function weight(eigenvalues: Float64Array, count: number): number {
  let top = 0;
  let total = 0;
  for (let i = 0; i < eigenvalues.length; i++) {
    total += eigenvalues[i];
    if (i >= eigenvalues.length - count) top += eigenvalues[i];
  }
  return top / total;
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
