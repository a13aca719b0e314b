import { findRoot } from "../numeric/index.js";

/**
 * P(u' > u) = exp(-kappa (e^(beta u) - 1)/beta) of u = ln(x/xmin) >= 0: at beta = 0 the power law with alpha = 1 +
 * kappa.
 */
export interface StretchedExponentialFit {
  readonly kappa: number;
  readonly beta: number;
  /** ln density of u at its maximum, averaged over the values. */
  readonly meanLogLikelihood: number;
  readonly converged: boolean;
}

/** e^(beta u) must stay finite. */
const MAX_EXPONENT = 700;

/**
 * Maximum-likelihood stretched exponential (Weibull law) cut off at xmin, from u_j = ln(x_j/xmin). For a given beta the
 * best kappa is 1/mean h(beta), h = (e^(beta u) - 1)/beta; the slope of the profile in beta, mean u - mean h'/mean h,
 * has one zero, found by bisection and secants. If the slope at 0 is not positive, the tail is no shorter than the
 * power law's and beta = 0, the power law itself. O(n) per step, about 15 steps. null if no u is positive.
 */
export function fitStretchedExponential(u: Float64Array): StretchedExponentialFit | null {
  const largest = u.reduce((most, value) => Math.max(most, value), 0);
  if (!(largest > 0)) return null;
  const mean = u.reduce((sum, value) => sum + value, 0) / u.length;
  const slope = (beta: number): number => {
    let h = 0;
    let dh = 0;
    for (const value of u) {
      const s = beta * value;
      const grown = Math.expm1(s);
      h += value * quotient(s, grown);
      dh += value * value * quotientSlope(s, grown);
    }
    return mean - dh / h;
  };
  if (slope(0) <= 0) return { kappa: 1 / mean, beta: 0, meanLogLikelihood: Math.log(1 / mean) - 1, converged: true };
  const highest = MAX_EXPONENT / largest;
  let high = Math.min(highest, 1 / largest);
  while (slope(high) > 0 && high < highest) high = Math.min(highest, 2 * high);
  const converged = slope(high) <= 0;
  const beta = converged ? findRoot(slope, [0, high], 1e-13 * high) : highest;
  const kappa = u.length / u.reduce((sum, value) => sum + value * quotient(beta * value), 0);
  return { kappa, beta, meanLogLikelihood: Math.log(kappa) + beta * mean - 1, converged };
}

/** ln density of u. */
export function stretchedLogDensity({ kappa, beta }: StretchedExponentialFit, u: number): number {
  return Math.log(kappa) + beta * u - kappa * u * quotient(beta * u);
}

/** (e^s - 1)/s. */
function quotient(s: number, grown = Math.expm1(s)): number {
  return s === 0 ? 1 : grown / s;
}

/** The derivative of `quotient`; below 0.01 by its series, whose next term is 1e-15 of it. */
function quotientSlope(s: number, grown: number): number {
  if (s < 0.01) return 1 / 2 + s * (1 / 3 + s * (1 / 8 + s * (1 / 30 + s * (1 / 144 + s * (1 / 840 + s / 5760)))));
  return (s * (1 + grown) - grown) / (s * s);
}
