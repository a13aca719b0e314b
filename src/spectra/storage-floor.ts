import type { DType } from "../formats/tensor.js";
import type { EntryStatistics } from "./entry-statistics.js";
import type { Spectrum } from "./spectrum.js";

/**
 * Unit roundoff u = 2^-p of the stored type, where p is the number of bits of its significand, the hidden one included.
 */
const UNIT_ROUNDOFF: Readonly<Record<string, number>> = {
  F64: 2 ** -53,
  F32: 2 ** -24,
  F16: 2 ** -11,
  BF16: 2 ** -8,
  F8_E4M3: 2 ** -4,
  F8_E5M2: 2 ** -3,
  F8_E4M3FNUZ: 2 ** -4,
  F8_E5M2FNUZ: 2 ** -3,
};
/**
 * Quantised weights of b bits: a uniform step over a range of about this many standard deviations, and never over more
 * than from -max |w| to max |w|.
 */
const QUANTISED_RANGE = 8;
/** Standard deviation over the median of |w|, for normal entries. */
const DEVIATION_OVER_MEDIAN = 1.482602;
/**
 * The mean square is used up to this many times the value implied by the median. Below it are normal entries (1),
 * Laplace entries (2) and products of two normal ones, as in a matrix of rank 1 (3). Above it a few giant entries
 * dominate the mean, and their rounding stays in their own rows and columns.
 */
const MAX_OVER_MEDIAN = 16;

/** Unit roundoff of a float type; undefined for quantised and unknown ones. */
export function unitRoundoff(dtype: DType): number | undefined {
  return UNIT_ROUNDOFF[dtype];
}

/**
 * Eigenvalues at or below this may come from rounding the weights to their stored type: rounding adds independent
 * errors of mean zero and variance at most u^2/3 times the mean square entry. Their own Marchenko-Pastur bulk ends at
 * trace/M u^2/3 (1 + 1/sqrt(Q))^2 (trace of one matrix). If a few giant entries dominate the trace, the mean square is
 * that of the others, estimated from the median of |w| (`entries`).
 */
export function storageFloor(
  { eigenvalues, M, Q, rf, entries }: Pick<Spectrum, "eigenvalues" | "M" | "Q" | "rf" | "entries">,
  { dtype, storedBits }: { readonly dtype: DType; readonly storedBits: number },
): number {
  const scale = entries === undefined ? { typical: 1, span: QUANTISED_RANGE } : scaleOf(entries);
  const roundoff = UNIT_ROUNDOFF[dtype] ?? Math.min(QUANTISED_RANGE, scale.span) / 2 ** (storedBits + 1);
  let trace = 0;
  for (const lambda of eigenvalues) trace += lambda;
  return scale.typical * (trace / (M * rf)) * (roundoff ** 2 / 3) * (1 + 1 / Math.sqrt(Q)) ** 2;
}

/**
 * Mean square of the entries without the giants, relative to that of all, at most 1; and the range of all entries in
 * root mean squares of the former.
 */
function scaleOf({ meanSquare, medianAbs, maxAbs }: EntryStatistics): {
  readonly typical: number;
  readonly span: number;
} {
  if (medianAbs === null || !(meanSquare > 0)) return { typical: 1, span: QUANTISED_RANGE };
  const rms = Math.sqrt(meanSquare);
  const typical = Math.min(1, MAX_OVER_MEDIAN * ((DEVIATION_OVER_MEDIAN * medianAbs) / rms) ** 2);
  return { typical, span: (2 * maxAbs) / rms / Math.sqrt(typical) };
}
