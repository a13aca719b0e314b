import { fittedValues, type PowerLawFit } from "./power-law.js";
import { fitsAt } from "./power-law-scan.js";

/**
 * How alpha and the Kolmogorov-Smirnov distance D depend on where the tail begins ([CSN09] 3.3): plain JSON, one
 * number per point in each list.
 */
export interface XminCurve {
  /** Ascending, all different. */
  readonly xmin: readonly number[];
  readonly alpha: readonly number[];
  readonly D: readonly number[];
  /** The point of the fit: its xmin, alpha and D are exactly those of the fit. The others are rounded. */
  readonly chosen: number;
}

/** Most points of the small curve that travels with a layer's event. */
export const MAX_CURVE_POINTS = 32;
/** Digits of a rounded xmin, and the unit of a rounded alpha or D: finer than a pixel of any chart. */
const XMIN_DIGITS = 4;
const UNITS_PER_ONE = 1000;

/** How many points a curve has, and whether they are rounded. */
export interface CurveOptions {
  /** Most points of the curve. Default `MAX_CURVE_POINTS`. */
  readonly most?: number;
  /** False: no point is rounded, for a chart whose points are read one by one. Default true. */
  readonly round?: boolean;
}

/**
 * The curve of the power law `fit` of `values` (ascending, as given to `fitPowerLaw`). At most `most` candidates are
 * measured: the chosen one, and others about evenly spaced in log xmin. Candidates without a finite alpha (all values
 * from them on are equal) are left out. O(`most` n).
 */
export function xminCurve(
  values: Float64Array,
  fit: PowerLawFit,
  { most = MAX_CURVE_POINTS, round = true }: CurveOptions = {},
): XminCurve {
  const x = fittedValues(values);
  const logs = x.map(Math.log);
  const others = spacedCandidates(logs, most - 1).filter((i) => x[i] !== fit.xmin);
  const fits = fitsAt(logs, others);
  const points = others
    .map((i, k) => ({ xmin: round ? Number(x[i].toPrecision(XMIN_DIGITS)) : x[i], ...fits[k] }))
    // A neighbour of the chosen point may round to it.
    .filter(({ xmin, alpha }) => Number.isFinite(alpha) && xmin !== fit.xmin)
    .map(({ xmin, alpha, distance }) =>
      round ? { xmin, alpha: rounded(alpha), D: rounded(distance) } : { xmin, alpha, D: distance },
    );
  const different = points.filter(({ xmin }, k) => k === 0 || xmin > points[k - 1].xmin);
  const chosen = different.filter(({ xmin }) => xmin < fit.xmin).length;
  different.splice(chosen, 0, { xmin: fit.xmin, alpha: fit.alpha, D: fit.ks });
  return {
    xmin: different.map(({ xmin }) => xmin),
    alpha: different.map(({ alpha }) => alpha),
    D: different.map(({ D }) => D),
    chosen,
  };
}

/** Indices of at most `most` candidates (all but the largest value): all, or evenly spaced in the logarithm. */
function spacedCandidates(logs: Float64Array, most: number): number[] {
  const candidates = logs.length - 1;
  if (candidates <= most) return Array.from({ length: candidates }, (_, i) => i);
  const [first, last] = [logs[0], logs[candidates - 1]];
  const indices = new Set<number>();
  for (let k = 0; k < most; k++) indices.add(firstAtLeast(logs, first + ((last - first) * k) / (most - 1), candidates));
  return [...indices];
}

/** The first index below `end` whose value is at least `least`; the last one if there is none. */
function firstAtLeast(ascending: Float64Array, least: number, end: number): number {
  let low = 0;
  let high = end - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rounded(value: number): number {
  return Math.round(value * UNITS_PER_ONE) / UNITS_PER_ONE;
}
