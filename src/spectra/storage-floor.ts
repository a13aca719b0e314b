import type { DType } from "../formats/tensor.js";
import type { Spectrum } from "./spectrum.js";

/** Unit roundoff u = 2^-p of the stored type, p its bits of significand, the hidden one included. */
const UNIT_ROUNDOFF: Readonly<Record<string, number>> = {
  F64: 2 ** -53,
  F32: 2 ** -24,
  F16: 2 ** -11,
  BF16: 2 ** -8,
  F8_E4M3: 2 ** -4,
  F8_E5M2: 2 ** -3,
};
/** Quantised weights of b bits: a uniform step over a range of about 8 standard deviations has roundoff 8/2^b/2 of one of them. */
const QUANTISED_RANGE = 8;

/**
 * Eigenvalues at or below this can come from rounding the weights to their stored type, and mean zero: rounding adds independent errors of variance
 * at most u^2/3 times the mean square entry, whose own Marchenko-Pastur bulk ends at trace/M u^2/3 (1 + 1/sqrt(Q))^2 (trace of one matrix).
 */
export function storageFloor(
  { eigenvalues, M, Q, rf }: Spectrum,
  { dtype, storedBits }: { readonly dtype: DType; readonly storedBits: number },
): number {
  const roundoff = UNIT_ROUNDOFF[dtype] ?? QUANTISED_RANGE / 2 ** (storedBits + 1);
  let trace = 0;
  for (const lambda of eigenvalues) trace += lambda;
  return (trace / (M * rf)) * (roundoff ** 2 / 3) * (1 + 1 / Math.sqrt(Q)) ** 2;
}
