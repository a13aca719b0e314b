/** Natural parameters: the density of u = ln(x/xmin) >= 0 is exp(-kappa u - tau T(u))/Z. */
export interface FamilyParameters {
  readonly kappa: number;
  /** At least 0; at 0 the law is the power law with alpha = 1 + kappa. */
  readonly tau: number;
}

/**
 * A family of laws of u = ln(x/xmin) that extends the power law (exponential in u) by a second, convex statistic T. It
 * is an exponential family: the log-likelihood is concave in (kappa, tau), its maximum is unique, and mean and
 * covariance of (u, T) give its gradient and curvature.
 */
export interface TailFamily {
  readonly name: string;
  readonly statistic: (u: number) => number;
  /** E[T] of the power law, tau = 0. */
  readonly powerLawMean: (kappa: number) => number;
  readonly smallestKappa: number;
  /**
   * The u at which the exponent kappa u + tau T(u) is smallest, and the range outside which the density and T^2 times
   * the density are negligible.
   */
  readonly range: (parameters: FamilyParameters) => {
    readonly mode: number;
    readonly low: number;
    readonly high: number;
  };
  /**
   * Maximum width of a quadrature panel. It follows from the distance to the real line within which exp(-tau T) stays
   * small.
   */
  readonly maxPanelWidth: number;
}

/** The range ends where density and second moments are e^-50 = 2e-22 of their peak. */
export const RANGE_DEPTH = 50;

/**
 * x^-alpha e^(-Lambda x): T(u) = x/xmin - 1, tau = Lambda xmin, kappa = alpha - 1 >= 0 (WeightWatcher's bound alpha >
 * 1).
 */
export const TRUNCATED_POWER_LAW: TailFamily = {
  name: "truncated power law",
  statistic: Math.expm1,
  powerLawMean: (kappa) => (kappa > 1 ? 1 / (kappa - 1) : Number.POSITIVE_INFINITY),
  smallestKappa: 0,
  // T^2 ~ e^2u: for kappa <= 2 the cut-off determines its mean, however small tau is.
  range: ({ kappa, tau }) => ({
    mode: 0,
    low: 0,
    high: Math.min(kappa > 2 ? RANGE_DEPTH / (kappa - 2) : Number.POSITIVE_INFINITY, Math.log1p(RANGE_DEPTH / tau)),
  }),
  // exp(-tau e^u) is bounded for |Im u| < pi/2: half a panel of 1.25 leaves a Bernstein ellipse of 2.6, whose 32nd
  // power is 2e13.
  maxPanelWidth: 2.5,
};

/** Lognormal, cut off at xmin: T(u) = u^2/2, tau = 1/sigma^2, kappa = -(mu - ln xmin)/sigma^2. */
export const LOGNORMAL: TailFamily = {
  name: "lognormal",
  statistic: (u) => (u * u) / 2,
  powerLawMean: (kappa) => 1 / kappa ** 2,
  smallestKappa: Number.NEGATIVE_INFINITY,
  range: ({ kappa, tau }) => {
    const mode = Math.max(0, -kappa / tau);
    const width = Math.sqrt((2 * RANGE_DEPTH) / tau);
    if (mode > 0) return { mode, low: Math.max(0, mode - width), high: mode + width };
    return { mode, low: 0, high: (2 * RANGE_DEPTH) / (kappa + Math.sqrt(kappa * kappa + 2 * RANGE_DEPTH * tau)) };
  },
  maxPanelWidth: Number.POSITIVE_INFINITY,
};
