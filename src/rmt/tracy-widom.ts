import { findRoot } from "../numeric/index.js";
import { CDF_PIECES, type ChebyshevPiece, LOG_SURVIVAL_PIECES } from "./tracy-widom-table.js";

/** Below MIN_S the distribution function is under 1e-19; above MAX_S the survival function is under 1e-39. */
const MIN_S = -12;
const MAX_S = 26;

/**
 * Distribution function of the Tracy-Widom law for beta = 1 [TW96]: the limit of the largest eigenvalue of a real
 * Wishart matrix, centred and scaled [Joh01]. Interpolated by Chebyshev polynomials. Their coefficients come from the
 * law's Fredholm determinant (tracy-widom-determinant.ts). Absolute error below 1e-13. Throws `RangeError` for NaN.
 */
export function tracyWidomCdf(s: number): number {
  if (Number.isNaN(s)) throw new RangeError("tracyWidomCdf: s is NaN");
  if (s <= MIN_S) return 0;
  if (s >= MAX_S) return 1;
  return s > 0 ? 1 - tracyWidomSurvival(s) : lowerCdf(s);
}

/**
 * Survival function 1 - F1(s). Relative error below 1e-10 in the upper tail (s > 0), where p-values are computed;
 * otherwise as `tracyWidomCdf`.
 */
export function tracyWidomSurvival(s: number): number {
  if (Number.isNaN(s)) throw new RangeError("tracyWidomSurvival: s is NaN");
  if (s <= MIN_S) return 1;
  if (s >= MAX_S) return 0;
  return s > 0 ? Math.exp(interpolate(LOG_SURVIVAL_PIECES, s)) : 1 - lowerCdf(s);
}

/** Quantile function of the Tracy-Widom law (beta = 1). Throws `RangeError` for p outside (0, 1). */
export function tracyWidomQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`tracyWidomQuantile: p must lie in (0, 1), got ${p}`);
  const f = p > 0.5 ? (s: number) => 1 - p - tracyWidomSurvival(s) : (s: number) => tracyWidomCdf(s) - p;
  return findRoot(f, [MIN_S, MAX_S], 1e-13);
}

/** F1 for s < 0, from its own table. Its smallest values are rounding noise of either sign. */
function lowerCdf(s: number): number {
  return Math.max(0, interpolate(CDF_PIECES, s));
}

/** The Chebyshev series of the piece that contains s, by Clenshaw's recurrence. */
function interpolate(pieces: readonly ChebyshevPiece[], s: number): number {
  let piece = 0;
  while (piece < pieces.length - 1 && s > pieces[piece].to) piece++;
  const { from, to, coefficients } = pieces[piece];
  const x = (2 * s - from - to) / (to - from);
  let next = 0;
  let later = 0;
  for (let k = coefficients.length - 1; k > 0; k--) [next, later] = [2 * x * next - later + coefficients[k], next];
  return x * next - later + coefficients[0];
}
