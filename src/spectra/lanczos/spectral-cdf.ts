import type { SpectralCdf } from "./approximate-result.js";
import type { GaussRule } from "./lanczos-quadrature.js";

/**
 * Averages the probes' distribution functions at all their nodes. Between two nodes of a rule, the true function of its
 * probe lies between the sum of the weights before the first node and the sum up to the second (Chebyshev, Markov and
 * Stieltjes [GM10, 2.3]). The estimate joins the middles of the steps by straight lines, from (0, 0) to (lambdaMax, 1).
 */
export function spectralCdf(rules: readonly GaussRule[], lambdaMax: number): SpectralCdf {
  const lambda = Float64Array.from(rules.flatMap(({ nodes }) => [...nodes])).sort();
  const curves = rules.map((rule) => curveOf(rule, lambda, lambdaMax));
  const b = rules.length;
  const mean = (of: (curve: Curve, i: number) => number): Float64Array =>
    lambda.map((_, i) => curves.reduce((sum, curve) => sum + of(curve, i), 0) / b);
  const value = mean(({ value }, i) => value[i]);
  return {
    lambda,
    value,
    standardError: mean((curve, i) => (curve.value[i] - value[i]) ** 2).map((variance) =>
      Math.sqrt(variance / Math.max(1, b - 1)),
    ),
    resolution: mean(({ reach }, i) => reach[i]),
  };
}

interface Curve {
  readonly value: Float64Array;
  /** The largest distance of this probe's true function from `value`. */
  readonly reach: Float64Array;
}

function curveOf({ nodes, weights }: GaussRule, lambda: Float64Array, lambdaMax: number): Curve {
  const k = nodes.length;
  // Corner points of the line: the origin, the middle of each step, the end.
  const x = [0, ...nodes, Math.max(lambdaMax, nodes[k - 1])];
  const y = new Float64Array(k + 2);
  const before = new Float64Array(k + 2);
  for (let i = 0; i < k; i++) {
    before[i + 1] = before[i] + (i > 0 ? weights[i - 1] : 0);
    y[i + 1] = before[i + 1] + weights[i] / 2;
  }
  before[k + 1] = y[k + 1] = 1;
  const value = new Float64Array(lambda.length);
  const reach = new Float64Array(lambda.length);
  for (let i = 0, at = 0; i < lambda.length; i++) {
    while (at < k && lambda[i] >= x[at + 1]) at++;
    const width = x[at + 1] - x[at];
    const share = width > 0 ? Math.min(1, (lambda[i] - x[at]) / width) : 1;
    value[i] = y[at] + share * (y[at + 1] - y[at]);
    const upper = at + 1 <= k ? before[at + 1] + weights[at] : 1;
    reach[i] = Math.max(value[i] - before[at], upper - value[i]);
  }
  return { value, reach };
}
