import { type FamilyMoments, familyMoments, type SufficientStatistics } from "./family-moments.js";
import type { FamilyParameters, TailFamily } from "./tail-family.js";

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
