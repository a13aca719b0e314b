import { gaussLegendre } from "../numeric/index.js";

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
const RANGE_DEPTH = 50;
/** 16 nodes resolve e^-15s on a panel to 1e-15. */
const NODES = 16;
const PANEL_DEPTH = 15;

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

/** ln Z and the first two moments of (u, T). */
export interface FamilyMoments {
  readonly logZ: number;
  readonly u: number;
  readonly T: number;
  readonly uu: number;
  readonly uT: number;
  readonly TT: number;
}

const { nodes: NODE, weights: WEIGHT } = gaussLegendre(NODES);

/**
 * ln Z, means and covariances under `parameters` (tau > 0), by Gauss-Legendre panels; relative error of Z and of the
 * means below 1e-13.
 */
export function familyMoments(family: TailFamily, parameters: FamilyParameters): FamilyMoments {
  const { kappa, tau } = parameters;
  const { statistic } = family;
  const { mode, low, high } = family.range(parameters);
  const panels = Math.ceil(
    Math.max((high - low) / family.maxPanelWidth, RANGE_DEPTH / PANEL_DEPTH) * (low > 0 ? 2 : 1),
  );
  const half = (high - low) / (2 * panels);
  const peak = kappa * mode + tau * statistic(mode);
  const centre = statistic(mode);
  let [sum, sumU, sumT, sumUU, sumUT, sumTT] = [0, 0, 0, 0, 0, 0];
  for (let panel = 0; panel < panels; panel++) {
    const middle = low + (2 * panel + 1) * half;
    for (let node = 0; node < NODES; node++) {
      const u = middle + half * NODE[node];
      const T = statistic(u);
      const weight = WEIGHT[node] * Math.exp(peak - kappa * u - tau * T);
      const [du, dT] = [u - mode, T - centre];
      sum += weight;
      sumU += weight * du;
      sumT += weight * dT;
      sumUU += weight * du * du;
      sumUT += weight * du * dT;
      sumTT += weight * dT * dT;
    }
  }
  const [meanU, meanT] = [sumU / sum, sumT / sum];
  return {
    logZ: Math.log(sum * half) - peak,
    u: mode + meanU,
    T: centre + meanT,
    uu: sumUU / sum - meanU * meanU,
    uT: sumUT / sum - meanU * meanT,
    TT: sumTT / sum - meanT * meanT,
  };
}

/** Sample means of (u, T): all that the likelihood depends on. */
export interface SufficientStatistics {
  readonly u: number;
  readonly T: number;
}

export interface FamilyFit extends FamilyParameters {
  /** Mean log-likelihood of u per value, -kappa u - tau T - ln Z. */
  readonly meanLogLikelihood: number;
  /** Standard errors times sqrt(n), from the inverse curvature; null for a parameter on its bound. */
  readonly kappaScale: number | null;
  readonly tauScale: number | null;
  readonly kappaAtBound: boolean;
  readonly tauAtBound: boolean;
  readonly converged: boolean;
}

/** Newton's method doubles its digits per step. It takes 3 to 8 steps, more only if the maximum is close to a bound. */
const MAX_STEPS = 60;
/**
 * Squared Newton decrement, in mean log-likelihood, below which the full step is the last one. The remaining error is
 * its square, 1e-12 standard errors of one value.
 */
const LAST_STEP = 1e-12;

/**
 * The maximum of the likelihood over kappa >= smallestKappa, tau >= 0. The bounds are checked first, by their
 * first-order conditions, which suffice because the likelihood is concave: tau = 0 if E[T] of the power law is not
 * above the sample mean; kappa at its bound if the slope there points outwards. Otherwise damped Newton steps in the
 * interior. `start` may be the maximum of similar data. null if the mean of u is not positive.
 */
export function fitFamily(family: TailFamily, data: SufficientStatistics, start?: FamilyParameters): FamilyFit | null {
  if (!(data.u > 0 && data.T > 0 && data.T < Number.POSITIVE_INFINITY)) return null;
  if (family.powerLawMean(1 / data.u) <= data.T) return powerLawFit(1 / data.u);
  const bound = family.smallestKappa;
  if (start !== undefined && start.tau > 0 && start.kappa > bound) {
    const inside = newton(family, data, { start, leave: true });
    if (inside.converged) return describe(inside, data, true);
  }
  if (bound > Number.NEGATIVE_INFINITY) {
    const tau = start !== undefined && start.tau > 0 ? start.tau : 1 / data.T;
    const edge = newton(family, data, { start: { kappa: bound, tau }, kappaFree: false });
    // At the bound the likelihood must not rise with kappa: E[u] <= mean u.
    if (edge.moments.u <= data.u) return describe(edge, data, false);
  }
  return describe(newton(family, data, { start: { kappa: 0.5 / data.u, tau: 0.5 / data.T } }), data, true);
}

function powerLawFit(kappa: number): FamilyFit {
  return {
    kappa,
    tau: 0,
    meanLogLikelihood: Math.log(kappa) - 1,
    kappaScale: kappa,
    tauScale: null,
    kappaAtBound: false,
    tauAtBound: true,
    converged: true,
  };
}

interface Maximum extends FamilyParameters {
  readonly moments: FamilyMoments;
  readonly converged: boolean;
}

interface NewtonOptions {
  readonly start: FamilyParameters;
  /** Default true; false keeps kappa fixed. */
  readonly kappaFree?: boolean;
  /** Stop if a step would cross the bound of kappa. Default false: such a step is shortened. */
  readonly leave?: boolean;
}

/** Minimises kappa u + tau T + ln Z; shortens steps that would leave the open domain or do not descend. */
function newton(
  family: TailFamily,
  data: SufficientStatistics,
  { start, kappaFree = true, leave = false }: NewtonOptions,
): Maximum {
  let { kappa, tau } = start;
  let moments = familyMoments(family, start);
  let cost = kappa * data.u + tau * data.T + moments.logZ;
  for (let step = 0; step < MAX_STEPS; step++) {
    const [gu, gT] = [kappaFree ? data.u - moments.u : 0, data.T - moments.T];
    const determinant = moments.uu * moments.TT - moments.uT * moments.uT;
    let dKappa = kappaFree ? -(moments.TT * gu - moments.uT * gT) / determinant : 0;
    let dTau = kappaFree ? -(moments.uu * gT - moments.uT * gu) / determinant : -gT / moments.TT;
    if (!(dKappa * gu + dTau * gT <= 0)) {
      // Rounding has destroyed the curvature: use steepest descent in units of each statistic's spread.
      [dKappa, dTau] = [-gu / moments.uu, -gT / moments.TT];
    }
    // Go at most nine tenths of the way to a bound. The other parameter then takes the best step of the quadratic model
    // given this one.
    if (tau + dTau < 0.1 * tau) {
      dTau = -0.9 * tau;
      if (kappaFree) dKappa = -(gu + moments.uT * dTau) / moments.uu;
    }
    if (kappa + dKappa < family.smallestKappa) {
      if (leave) break;
      dKappa = 0.9 * (family.smallestKappa - kappa);
      dTau = Math.max(-0.9 * tau, -(gT + moments.uT * dKappa) / moments.TT);
    }
    const slope = dKappa * gu + dTau * gT;
    if (-slope < LAST_STEP) {
      const last = { kappa: kappa + dKappa, tau: tau + dTau };
      return { ...last, moments: familyMoments(family, last), converged: true };
    }
    for (let halving = 0, length = 1; ; halving++, length /= 2) {
      const trial = { kappa: kappa + length * dKappa, tau: tau + length * dTau };
      const next = familyMoments(family, trial);
      const nextCost = trial.kappa * data.u + trial.tau * data.T + next.logZ;
      if (nextCost <= cost + 1e-4 * length * slope) {
        ({ kappa, tau } = trial);
        [moments, cost] = [next, nextCost];
        break;
      }
      if (halving === 30) return { kappa, tau, moments, converged: false };
    }
  }
  return { kappa, tau, moments, converged: false };
}

function describe(
  { kappa, tau, moments, converged }: Maximum,
  data: SufficientStatistics,
  kappaFree: boolean,
): FamilyFit {
  const determinant = moments.uu * moments.TT - moments.uT * moments.uT;
  return {
    kappa,
    tau,
    meanLogLikelihood: -kappa * data.u - tau * data.T - moments.logZ,
    kappaScale: kappaFree ? Math.sqrt(moments.TT / determinant) : null,
    tauScale: kappaFree ? Math.sqrt(moments.uu / determinant) : 1 / Math.sqrt(moments.TT),
    kappaAtBound: !kappaFree,
    tauAtBound: false,
    converged,
  };
}
