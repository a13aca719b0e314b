import { gaussLegendre } from "../numeric/index.js";
import { type FamilyParameters, RANGE_DEPTH, type TailFamily } from "./tail-family.js";

/** 16 nodes resolve e^-15s on a panel to 1e-15. */
const NODES = 16;
const PANEL_DEPTH = 15;

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
  let sum = 0;
  let sumU = 0;
  let sumT = 0;
  let sumUU = 0;
  let sumUT = 0;
  let sumTT = 0;
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
