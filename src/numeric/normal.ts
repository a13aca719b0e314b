import { scaledExponentialIntegral } from "./incomplete-gamma.js";
import { findRoot } from "./root.js";

/**
 * erfc(x) = 2/sqrt(pi) int_x^inf e^(-t^2) dt, relative error below 1e-13 wherever it does not underflow (x < 26.5):
 * Gamma(1/2, x^2)/sqrt(pi) [DLMF] 7.11.2.
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 27 ? Math.exp(-x * x) * scaledErfc(x) : 0;
}

/** e^(x^2) erfc(x) for x >= 0. */
function scaledErfc(x: number): number {
  return x < 1e-150 ? 1 : (x * scaledExponentialIntegral(0.5, x * x)) / Math.sqrt(Math.PI);
}

/** P(Z > z) of the standard normal law, relative error below 1e-13 in the upper tail too. */
export function normalSurvival(z: number): number {
  return erfc(z * Math.SQRT1_2) / 2;
}

/** ln P(Z > z), even if the probability itself underflows. */
export function logNormalSurvival(z: number): number {
  return z > 0 ? Math.log(scaledErfc(z * Math.SQRT1_2) / 2) - (z * z) / 2 : Math.log1p(-normalSurvival(-z));
}

/** The z with P(Z <= z) = p. Throws `RangeError` for p outside (0, 1). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normalQuantile: p must lie in (0, 1), got ${p}`);
  // Both halves on their own tail, where the survival function keeps its relative accuracy; beyond 38 it underflows.
  return p < 0.5 ? -upperQuantile(p) : upperQuantile(1 - p);
}

function upperQuantile(tail: number): number {
  return tail >= 0.5 ? 0 : findRoot((z) => logNormalSurvival(z) - Math.log(tail), [0, 39], 1e-14);
}

/** P(X > x) for chi-squared with one degree of freedom: erfc(sqrt(x/2)). */
export function chiSquaredSurvival(x: number): number {
  return x > 0 ? erfc(Math.sqrt(x / 2)) : 1;
}
