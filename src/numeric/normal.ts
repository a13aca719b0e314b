import { scaledExponentialIntegral } from "./incomplete-gamma.js";

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

/**
 * A rational start within 4.5e-4 (Hastings; [AS64] 26.2.23), then Halley's method on ln P(Z > z), which is smooth and
 * concave: each step triples the digits.
 */
function upperQuantile(tail: number): number {
  if (tail >= 0.5) return 0;
  const logTail = Math.log(tail);
  const t = Math.sqrt(-2 * logTail);
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 2; step++) {
    const logSurvival = logNormalSurvival(z);
    // d ln P/dz = -hazard, d2 ln P/dz2 = -hazard (hazard - z).
    const hazard = Math.exp(-(z * z) / 2 - logSurvival) / Math.sqrt(2 * Math.PI);
    const newton = (logSurvival - logTail) / hazard;
    z += newton / (1 + (newton * (hazard - z)) / 2);
  }
  return z;
}

/** P(X > x) for chi-squared with one degree of freedom: erfc(sqrt(x/2)). */
export function chiSquaredSurvival(x: number): number {
  return x > 0 ? erfc(Math.sqrt(x / 2)) : 1;
}
