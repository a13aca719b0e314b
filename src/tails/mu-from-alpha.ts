import { ALPHA_MU_CURVES, TABULATED_MU } from "./alpha-mu-table.js";

/**
 * Universality classes of matrices with independent entries of tail exponent mu, P(|W_ij| > t) ~ t^-mu ([MM19] table
 * 1).
 */
export const UNIVERSALITY_CLASSES = ["very heavy-tailed", "moderately heavy-tailed", "weakly heavy-tailed"] as const;
export type UniversalityClass = (typeof UNIVERSALITY_CLASSES)[number];

/** The tail exponent of the entries, estimated from alpha. */
export interface MuEstimate {
  /** null if alpha is saturated: above mu of about 3 it no longer rises and does not determine mu. */
  readonly mu: number | null;
  /**
   * The range of mu whose matrices of this shape have this alpha within two spreads (about 95 %). `high` is null if
   * there is no upper limit.
   */
  readonly low: number;
  readonly high: number | null;
  /**
   * The classes that overlap [low, high]. Very heavy: mu < 2; moderately: 2 to 4; weakly: above 4, where the spectrum
   * is Marchenko-Pastur except for its edge.
   */
  readonly classes: readonly UniversalityClass[];
  /** The shape lies outside the tabulated ones (M from 200 to 1000, Q from 1 to 10), and the nearest was used. */
  readonly extrapolated: boolean;
}

/** The borders between the classes ([MM19] table 1). */
const BORDERS = [2, 4] as const;
/** Spreads of ln(alpha - 1) on each side of its centre. */
const SPREADS = 2;
/** Step of mu in the search along the curve. */
const STEP = 0.01;

/**
 * The tail exponent mu of the entries of an N x M matrix, M the smaller side and Q = N/M, from the `alpha` that
 * `fitPowerLaw` finds in its spectrum. Theory gives alpha = 1 + mu/2 for mu < 2 in the limit ([MM19] table 1). At
 * finite size alpha is larger from mu = 1.5 on and saturates from mu = 3 on. The curve is simulated
 * (`scripts/calibrate-alpha-mu.mjs`, symmetric Pareto entries), interpolated in ln M and ln Q, and inverted.
 *
 * The result says which independent heavy-tailed entries would give such a spectrum. The entries of trained layers are
 * not heavy-tailed: their spectra are, because of correlations, and mu only names their class ([MM21] section 3.2). The
 * result is meaningful only if the tail is a power law. Throws `RangeError` unless alpha > 1, M >= 1 and Q >= 1.
 */
export function muFromAlpha(alpha: number, { M, Q }: { M: number; Q: number }): MuEstimate {
  if (!(alpha > 1 && M >= 1 && Q >= 1))
    throw new RangeError(`muFromAlpha: needs alpha > 1, M >= 1 and Q >= 1, got ${alpha}, ${M}, ${Q}`);
  const { centre, spread, extrapolated } = curveAt(M, Q);
  const log = Math.log(alpha - 1);
  const first = TABULATED_MU[0];
  const last = TABULATED_MU[TABULATED_MU.length - 1];
  let low = Number.NaN;
  let high = Number.NaN;
  let nearest = first;
  let smallest = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= Math.round((last - first) / STEP); step++) {
    const mu = (Math.round(first / STEP) + step) / Math.round(1 / STEP);
    const gap = Math.abs(log - interpolate(centre, mu));
    if (gap < smallest) [smallest, nearest] = [gap, mu];
    if (gap > SPREADS * interpolate(spread, mu)) continue;
    if (Number.isNaN(low)) low = mu;
    high = mu;
  }
  // Below the table alpha = 1 + mu/2 holds. An alpha above the whole curve is that of a bulk and does not depend on mu.
  if (log < centre[0]) {
    const theory = 2 * (alpha - 1);
    return estimate({ mu: theory, low: 0, high: Number.isNaN(high) ? first : high, extrapolated });
  }
  if (Number.isNaN(low)) return estimate({ mu: null, low: last, high: null, extrapolated });
  const saturated = high > last - STEP;
  return estimate({
    mu: saturated ? null : nearest,
    low: low === first ? 0 : low,
    high: saturated ? null : high,
    extrapolated,
  });
}

function estimate(found: Omit<MuEstimate, "classes">): MuEstimate {
  const high = found.high ?? Number.POSITIVE_INFINITY;
  const edges = [0, ...BORDERS, Number.POSITIVE_INFINITY];
  return { ...found, classes: UNIVERSALITY_CLASSES.filter((_, k) => found.low < edges[k + 1] && high > edges[k]) };
}

interface Curve {
  /** Mean of ln(alpha - 1) at each tabulated mu. */
  readonly centre: readonly number[];
  readonly spread: readonly number[];
  readonly extrapolated: boolean;
}

/**
 * The curve of the shape, linear in ln M and ln Q between tabulated shapes, made monotone: where it falls at large mu,
 * that is the noise of a saturated alpha.
 */
function curveAt(M: number, Q: number): Curve {
  const [sides, ratios] = [
    distinct(ALPHA_MU_CURVES.map((curve) => curve.M)),
    distinct(ALPHA_MU_CURVES.map((curve) => curve.Q)),
  ];
  const [side, ratio] = [place(sides, M), place(ratios, Q)];
  const corners = [side.below, side.above].flatMap(([m, sideWeight]) =>
    [ratio.below, ratio.above].map(([q, ratioWeight]) => ({
      curve: ALPHA_MU_CURVES.find((entry) => entry.M === m && entry.Q === q)!,
      weight: sideWeight * ratioWeight,
    })),
  );
  const mixed = (of: (curve: (typeof ALPHA_MU_CURVES)[number], k: number) => number): number[] =>
    TABULATED_MU.map((_, k) => corners.reduce((sum, { curve, weight }) => sum + weight * of(curve, k), 0));
  const centre = mixed((curve, k) => Math.log(curve.alpha[k] - 1));
  for (let k = 1; k < centre.length; k++) centre[k] = Math.max(centre[k], centre[k - 1]);
  // A spread from few replicates is imprecise. It depends on mu and M only, so use that of all Q together.
  const spread = mixed(({ M: m }, k) => {
    const alike = ALPHA_MU_CURVES.filter((curve) => curve.M === m);
    return Math.sqrt(alike.reduce((sum, curve) => sum + curve.spread[k] ** 2, 0) / alike.length);
  });
  return { centre, spread, extrapolated: side.outside || ratio.outside };
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

interface Place {
  /** Tabulated neighbours with their weights, linear in the logarithm. */
  readonly below: readonly [value: number, weight: number];
  readonly above: readonly [value: number, weight: number];
  readonly outside: boolean;
}

function place(grid: readonly number[], value: number): Place {
  const inside = Math.min(Math.max(value, grid[0]), grid[grid.length - 1]);
  const k = Math.min(
    grid.length - 2,
    Math.max(
      0,
      grid.findLastIndex((entry) => entry <= inside),
    ),
  );
  const weight = Math.log(inside / grid[k]) / Math.log(grid[k + 1] / grid[k]);
  return { below: [grid[k], 1 - weight], above: [grid[k + 1], weight], outside: inside !== value };
}

/** Linear in mu between the tabulated ones. */
function interpolate(values: readonly number[], mu: number): number {
  const k = Math.min(
    TABULATED_MU.length - 2,
    Math.max(
      0,
      TABULATED_MU.findLastIndex((entry) => entry <= mu),
    ),
  );
  const share = (mu - TABULATED_MU[k]) / (TABULATED_MU[k + 1] - TABULATED_MU[k]);
  return values[k] + share * (values[k + 1] - values[k]);
}
