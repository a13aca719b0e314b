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

/** Most points of a curve. A chart of this curve is a few hundred pixels wide. */
export const MAX_CURVE_POINTS = 32;
/** Digits of a rounded xmin, and the unit of a rounded alpha or D: finer than a pixel of any chart. */
const XMIN_DIGITS = 4;
const UNITS_PER_ONE = 1000;

/**
 * The curve of the power law `fit` of `values` (ascending, as given to `fitPowerLaw`). At most `MAX_CURVE_POINTS`
 * candidates are measured: the chosen one, and others about evenly spaced in log xmin. Candidates without a finite
 * alpha (all values from them on are equal) are left out. O(`MAX_CURVE_POINTS` n).
 */
export function xminCurve(values: Float64Array, fit: PowerLawFit): XminCurve {
  const x = fittedValues(values);
  const logs = x.map(Math.log);
  const others = spacedCandidates(logs).filter((i) => x[i] !== fit.xmin);
  const fits = fitsAt(logs, others);
  const points = others
    .map((i, k) => ({ xmin: Number(x[i].toPrecision(XMIN_DIGITS)), ...fits[k] }))
    // A neighbour of the chosen point may round to it.
    .filter(({ xmin, alpha }) => Number.isFinite(alpha) && xmin !== fit.xmin)
    .map(({ xmin, alpha, distance }) => ({ xmin, alpha: rounded(alpha), D: rounded(distance) }));
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

/** Indices of candidates (all but the largest value): all if there are few, else evenly spaced in the logarithm. */
function spacedCandidates(logs: Float64Array): number[] {
  const candidates = logs.length - 1;
  const most = MAX_CURVE_POINTS - 1;
  if (candidates <= most) return Array.from({ length: candidates }, (_, i) => i);
  const [first, last] = [logs[0], logs[candidates - 1]];
  const indices = new Set<number>();
  for (let k = 0; k < most; k++) indices.add(firstAtLeast(logs, first + ((last - first) * k) / (most - 1), candidates));
  return [...indices];
}

/** The first index below `end` whose value is at least `least`; the last one if there is none. */
function firstAtLeast(ascending: Float64Array, least: number, end: number): number {
  let [low, high] = [0, end - 1];
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
