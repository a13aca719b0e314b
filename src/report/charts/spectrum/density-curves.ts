import { marchenkoPasturDensity } from "../../../rmt/index.js";
import type { Interval } from "../scale.js";
import type { ChosenTail } from "./chosen-tail.js";
import type { DensityAxes, DensityData } from "./density-data.js";

/** Intervals of a drawn curve. */
const CURVE_STEPS = 72;

/** A point of a curve in the numbers of the axes: an eigenvalue, and a density in the unit of the bars. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** Turns a density per unit of lambda into the unit of the axes: d lambda = lambda ln(10) d log10(lambda). */
function inUnit(axes: DensityAxes, lambda: number, density: number): number {
  return axes === "log" ? density * lambda * Math.LN10 : density;
}

/**
 * The Marchenko-Pastur density in lambda, rho(lambda/N)/N, times the bulk's share [MM19] eq. 2: the area under it is
 * that share. The points are dense at both edges, where the curve is steep.
 */
export function bulkCurve({ bulk, axes, view }: Pick<DensityData, "bulk" | "axes" | "view">): CurvePoint[] {
  if (bulk === null || !(bulk.sigma2 > 0)) return [];
  const { N, Q, sigma2, share, lambdaMinus, lambdaPlus } = bulk;
  // At Q = 1 the lower edge is 0, which a logarithmic axis does not have, and where the density is infinite.
  const low = axes === "linear" ? lambdaMinus : Math.max(lambdaMinus, view[0]);
  if (!(lambdaPlus > low)) return [];
  return Array.from({ length: CURVE_STEPS + 1 }, (_, i) => {
    const t = (1 - Math.cos((Math.PI * i) / CURVE_STEPS)) / 2;
    const x = axes === "linear" ? low + (lambdaPlus - low) * t * t : low ** (1 - t) * lambdaPlus ** t;
    return { x, y: inUnit(axes, x, (share * marchenkoPasturDensity(x / N, { Q, sigma2 })) / N) };
  }).filter(({ x, y }) => x > 0 && Number.isFinite(y));
}

/**
 * The fitted tail (alpha - 1)/xmin (lambda/xmin)^-alpha, times the tail's share of the eigenvalues [CSN09] eq. 2.2, up
 * to the largest eigenvalue or the end of the view.
 */
export function tailCurve(
  { alpha, xmin, xmax, share }: Omit<ChosenTail, "interval">,
  axes: DensityAxes,
  [, end]: Interval,
): CurvePoint[] {
  const span = Math.min(xmax, end) / xmin;
  if (!(span > 1)) return [];
  return Array.from({ length: CURVE_STEPS + 1 }, (_, i) => {
    const ratio = span ** (i / CURVE_STEPS);
    const x = xmin * ratio;
    return { x, y: inUnit(axes, x, ((share * (alpha - 1)) / xmin) * ratio ** -alpha) };
  });
}
