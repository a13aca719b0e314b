/** With fewer excesses no shape is fitted: the quantiles that scale the prior would fall on the same few values. */
export const MIN_EXCESSES = 8;

/** A generalised Pareto law fitted to excesses over a threshold. */
export interface GeneralisedParetoFit {
  /** Raw shape, including the bias of the estimator. */
  readonly xi: number;
  /** xi divided by the scale, in 1/(units of the excesses). */
  readonly theta: number;
}

/** Nodes of the posterior mean: 20 + sqrt(k) ([Zha10]). */
const MIN_NODES = 20;
/**
 * The prior of theta is a generalised Pareto law of this shape ([Zha10]: 1; with 1/2 as in [ZS09], the nodes end below
 * theta if xi > 2).
 */
const PRIOR_SHAPE = 1;
/**
 * Levels in tenths. The scale of the prior is the median over them of an estimate from a pair of sample quantiles
 * ([Zha10]).
 */
const PRIOR_LEVELS = [3, 4, 5, 6, 7, 8, 9];

/**
 * The shape xi of the generalised Pareto law P(Y > y) = (1 + xi y/s)^(-1/xi) of the excesses Y over a threshold, by
 * Zhang's estimator [Zha10]: the profile likelihood of theta = xi/s times a prior scaled by the sample's quantiles,
 * averaged over theta, then xi = mean ln(1 + theta y). It does not depend on location or scale of the data, exists for
 * every sample (the maximum of the likelihood does not if xi < -1/2 and k is small), and needs no iteration. The result
 * is raw: `tailIndex` corrects it for the bias and spread in tail-index-table.ts. O(k sqrt k). `excesses` ascending, >=
 * 0. null if there are fewer than 8, or so many ties that a lower quantile is zero.
 */
export function fitGeneralisedPareto(excesses: Float64Array): GeneralisedParetoFit | null {
  const k = excesses.length;
  const largest = excesses[k - 1];
  if (k < MIN_EXCESSES || !(largest > 0) || largest === Number.POSITIVE_INFINITY) return null;
  // Scale so that no product below overflows.
  const y = excesses.map((value) => value / largest);
  const scale = quantileScale(y);
  if (scale === null) return null;
  const nodes = MIN_NODES + Math.round(Math.sqrt(k));
  // theta > -1 keeps the largest value inside the support; Zhang writes theta for our -theta; his nodes start at -(k -
  // 1)/(k + 1).
  const thetas = new Float64Array(nodes);
  const logWeights = new Float64Array(nodes);
  let most = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < nodes; j++) {
    const level = (j + 0.5) / nodes;
    const theta = -(k - 1) / (k + 1) + (level ** -PRIOR_SHAPE - 1) / PRIOR_SHAPE / (2 * scale);
    thetas[j] = theta;
    const xi = meanLog(y, theta);
    // The profile log-likelihood, k (ln(theta/xi) - xi - 1); if both vanish, theta/xi is the limit 1/mean y.
    logWeights[j] = k * (Math.log(theta / xi) - xi - 1);
    most = Math.max(most, logWeights[j]);
  }
  let sum = 0;
  let sumTheta = 0;
  for (let j = 0; j < nodes; j++) {
    const weight = Math.exp(logWeights[j] - most);
    sum += weight;
    sumTheta += weight * thetas[j];
  }
  const theta = sumTheta / sum;
  return { xi: meanLog(y, theta), theta: theta / largest };
}

/**
 * -ln P(Y > y) under the fit: exponential with mean 1 if the law holds, so the spacings of ordered values are
 * independent ([Ren53]).
 */
export function standardExponential({ xi, theta }: GeneralisedParetoFit, y: number): number {
  const log = Math.log1p(theta * y);
  return xi === 0 ? 0 : log / xi;
}

/**
 * mean ln(1 + theta y), from logarithms of products of four; y <= 1. It would overflow for theta of the order of 1e70;
 * the caller's theta is below 1e25.
 */
function meanLog(y: Float64Array, theta: number): number {
  let sum = 0;
  let j = 0;
  for (; j + 3 < y.length; j += 4) {
    sum += Math.log((1 + theta * y[j]) * (1 + theta * y[j + 1]) * ((1 + theta * y[j + 2]) * (1 + theta * y[j + 3])));
  }
  for (; j < y.length; j++) sum += Math.log(1 + theta * y[j]);
  return sum / y.length;
}

/**
 * The median of s(p) = -(xi(p) x(p))/(1 - p^xi(p)) over the levels p, from the quantiles x at 1 - p and 1 - p^2
 * ([Zha10]); null if a quantile is 0.
 */
function quantileScale(y: Float64Array): number | null {
  const k = y.length;
  const scales = PRIOR_LEVELS.map((tenths) => {
    // Integer arithmetic for the index: rounding of k (1 - p) must not decide between two values.
    const lower = y[Math.floor((k * (10 - tenths)) / 10)];
    const upper = y[Math.floor((k * (100 - tenths * tenths)) / 100)];
    const logP = Math.log(tenths / 10);
    // The quantile at 1 - q is s (q^-xi - 1)/xi: the ratio of the two is 1 + p^-xi, and -xi is called k in [Zha10].
    const shape = Math.log(upper / lower - 1) / logP;
    return Math.abs(shape) < 1e-12 ? -lower / logP : (shape * lower) / -Math.expm1(shape * logP);
  });
  const median = scales.sort((a, b) => a - b)[PRIOR_LEVELS.length >> 1];
  return median > 0 && median < Number.POSITIVE_INFINITY ? median : null;
}
