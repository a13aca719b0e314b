import { scaledExponentialIntegral } from "../numeric/index.js";
import { type FamilyFit, fitFamily } from "./fit-family.js";
import { candidatesIn, fittedValues } from "./power-law.js";
import { type FamilyParameters, TRUNCATED_POWER_LAW } from "./tail-family.js";
import { scanXmin } from "./xmin-scan.js";

/** A power law with an exponential cut-off, rho(lambda) ~ lambda^-alpha e^(-Lambda lambda) above xmin. */
export interface TruncatedPowerLawFit {
  readonly alpha: number;
  /** Rate of the cut-off, in 1/lambda. */
  readonly Lambda: number;
  readonly xmin: number;
  readonly xmax: number;
  /** Standard errors for the given xmin, from the curvature of the likelihood; null for a parameter on its bound. */
  readonly sigma: number | null;
  readonly LambdaSigma: number | null;
  /** The likelihood rises towards alpha < 1: the tail contains no power law, although alpha is 1. */
  readonly alphaAtBound: boolean;
  /** Lambda = 0: the tail is no shorter than the power law's, which is then the fit. */
  readonly LambdaAtBound: boolean;
  readonly logLikelihood: number;
  /** max_j |F(x_j) - j/k|, as WeightWatcher computes it (`fitPowerLaw`). */
  readonly ks: number;
  readonly nTail: number;
  readonly n: number;
  readonly converged: boolean;
}

/**
 * Fits the truncated power law to the tail of `values` (ascending) by maximum likelihood over alpha >= 1, Lambda >= 0
 * at every xmin, and chooses the xmin with the smallest Kolmogorov-Smirnov distance: WeightWatcher's fit="TPL", and
 * with `xminRange` = `peakRange(values)` its fit="E_TPL" [YTH23]. The normaliser Lambda^(alpha - 1) Gamma(1 - alpha,
 * Lambda xmin) is exact (`scaledExponentialIntegral`). The likelihood is concave and its maximum is found
 * (`fitFamily`), while WeightWatcher's Nelder-Mead search may stop before it. O(n) fits of a few microseconds and
 * O(n^2) distances at worst; milliseconds at n = 500. null if fewer than 2 values are above 1e-5 (or no candidate lies
 * in the range), or if all are equal.
 */
export function fitTruncatedPowerLaw(
  values: Float64Array,
  { xminRange }: { xminRange?: readonly [low: number, high: number] } = {},
): TruncatedPowerLawFit | null {
  const x = fittedValues(values);
  const n = x.length;
  if (n < 2 || x[0] === x[n - 1]) return null;
  const { first, end } = xminRange === undefined ? { first: 0, end: n - 1 } : candidatesIn(x, xminRange);
  if (end <= first) return null;
  const fits = fitEvery(x, first, end);
  const { best, distance } = scanXmin(first, end, (i, bound) => {
    const fit = fits[i - first];
    return fit === null ? 1 : ksDistance(x, i, { fit, bound });
  });
  const fit = fits[best - first];
  if (fit === null || !(distance < 1)) return null;
  const nTail = n - best;
  const xmin = x[best];
  let sumLogs = 0;
  for (let j = best; j < n; j++) sumLogs += Math.log(x[j]);
  return {
    alpha: 1 + fit.kappa,
    Lambda: fit.tau / xmin,
    xmin,
    xmax: x[n - 1],
    sigma: fit.kappaScale === null ? null : fit.kappaScale / Math.sqrt(nTail),
    LambdaSigma: fit.tauScale === null ? null : fit.tauScale / xmin / Math.sqrt(nTail),
    alphaAtBound: fit.kappaAtBound,
    LambdaAtBound: fit.tauAtBound,
    // dx = x du.
    logLikelihood: nTail * fit.meanLogLikelihood - sumLogs,
    ks: distance,
    nTail,
    n,
    converged: fit.converged,
  };
}

/** The fit at each candidate, from the largest xmin down. Each starts at its neighbour's maximum. */
function fitEvery(x: Float64Array, first: number, end: number): (FamilyFit | null)[] {
  const fits = new Array<FamilyFit | null>(end - first);
  let start: FamilyParameters | undefined;
  let sumLogs = 0;
  let sum = 0;
  for (let i = x.length - 1; i >= first; i--) {
    sumLogs += Math.log(x[i]);
    sum += x[i];
    if (i >= end) continue;
    const k = x.length - i;
    const fit = fitFamily(TRUNCATED_POWER_LAW, { u: sumLogs / k - Math.log(x[i]), T: (sum / k - x[i]) / x[i] }, start);
    fits[i - first] = fit;
    // tau = Lambda xmin: the neighbour's Lambda at this xmin.
    if (fit !== null && i > first) start = { kappa: fit.kappa, tau: (fit.tau * x[i - 1]) / x[i] };
  }
  return fits;
}

/** D_i, or the first partial maximum above `bound`; a coarse grid of j first. */
function ksDistance(x: Float64Array, i: number, { fit, bound }: { fit: FamilyFit; bound: number }): number {
  const k = x.length - i;
  const survival = truncatedSurvival(fit);
  let most = 0;
  const stride = Math.max(1, k >> 4);
  for (let j = stride >> 1; j < k; j += stride) {
    most = Math.max(most, Math.abs(1 - survival(x[i + j] / x[i]) - j / k));
    if (most > bound) return most;
  }
  if (stride === 1) return most;
  for (let j = 0; j < k; j++) {
    most = Math.max(most, Math.abs(1 - survival(x[i + j] / x[i]) - j / k));
    if (most > bound) return most;
  }
  return most;
}

/**
 * y -> P(x > y xmin) = y^(1-alpha) e^(-z (y - 1)) F_alpha(z y)/F_alpha(z), with z = Lambda xmin and F_p(z) = e^z
 * E_p(z).
 */
export function truncatedSurvival({ kappa, tau }: FamilyParameters): (y: number) => number {
  if (tau === 0) return (y) => y ** -kappa;
  const whole = scaledExponentialIntegral(1 + kappa, tau);
  return (y) =>
    (Math.exp(-kappa * Math.log(y) - tau * (y - 1)) * scaledExponentialIntegral(1 + kappa, tau * y)) / whole;
}
