import * as Plot from "@observablehq/plot";
import { marchenkoPasturDensity } from "../../rmt/index.js";
import { binEdges, type Histogram } from "../histogram.js";
import type { LayerPicture } from "../picture.js";

/** Intervals of a drawn curve. */
const CURVE_POINTS = 72;

/** Height of the strokes that mark spikes, as a fraction of the chart. */
export const SPIKE_HEIGHT = 0.07;

/** A point of a chart, in data units. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The histogram as the corners of its steps: density per eigenvalue and unit of lambda. */
interface Steps {
  readonly points: readonly Point[];
  readonly highest: number;
  /** Lowest density of a bin that is not empty. */
  readonly lowest: number;
}

/** The density of a histogram as a line of steps. */
export function stepsOf(bins: Histogram, count: number, toLambda: (edge: number) => number): Steps {
  const edges = binEdges(bins).map(toLambda);
  const density = bins.counts.map((n, i) => n / (count * (edges[i + 1] - edges[i])));
  const points = edges.map((x, i) => ({ x, y: density[Math.min(i, density.length - 1)] }));
  return { points, highest: Math.max(...density), lowest: Math.min(...density.filter((y) => y > 0)) };
}

/** The visible range of both axes. */
export interface View {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [bottom: number, top: number];
}

/** The histogram: an area of steps down to `bottom`. */
export function histogramMark(points: readonly Point[], bottom: number): Plot.Markish {
  const colour = "var(--chart-spectrum)";
  return Plot.areaY(points, {
    x: "x",
    y1: bottom,
    y2: "y",
    curve: "step-after",
    fill: colour,
    fillOpacity: 0.3,
    stroke: colour,
  });
}

/** A curve through points. */
export function curveMark(points: readonly Point[], stroke: string, strokeDasharray?: string): Plot.Markish {
  return Plot.line(points, { x: "x", y: "y", stroke, strokeWidth: 2, ...(strokeDasharray && { strokeDasharray }) });
}

/**
 * Breaks a curve where it leaves the view. A clip path would need an id that is unique in the page; the points are
 * dense enough without one.
 */
export function inside(points: readonly Point[], { x: [from, to], y: [bottom, top] }: View): Point[] {
  return points.map(({ x, y }) => ({ x, y: x >= from && x <= to && y >= bottom && y <= top ? y : Number.NaN }));
}

/** Short strokes on the axis, all in one path. */
export function spikeMarks(
  { spikes }: LayerPicture,
  { x: [from, to], y: [bottom] }: View,
  height: number,
): Plot.Markish {
  const strokes = spikes
    .filter((x) => x >= from && x <= to)
    .flatMap((x) => [
      { x, y: bottom },
      { x, y: height },
      { x, y: Number.NaN },
    ]);
  return Plot.line(strokes, { x: "x", y: "y", stroke: "var(--chart-spike)", strokeWidth: 1.5 });
}

/** The edge of the bulk, if it is in view. */
export function edgeMarks({ bulk }: LayerPicture, { x: [from, to] }: View): Plot.Markish[] {
  if (bulk === null || bulk.lambdaPlus < from || bulk.lambdaPlus > to) return [];
  const fill = "var(--chart-bulk)";
  return [
    Plot.ruleX([bulk.lambdaPlus], { stroke: fill, strokeDasharray: "2 3" }),
    Plot.text([bulk.lambdaPlus], { x: (edge: number) => edge, frameAnchor: "top", dy: -14, text: () => "λ+", fill }),
  ];
}

/**
 * The Marchenko-Pastur density in lambda (rho(lambda/N)/N), times the bulk's share. `place` maps t in [0, 1] to lambda
 * between the edges. The points are dense at the edges, where the curve is steep.
 */
export function bulkCurve({ bulk }: LayerPicture, place: (t: number, low: number, high: number) => number): Point[] {
  if (bulk === null || !(bulk.sigma2 > 0)) return [];
  const { N, Q, sigma2, share, lambdaMinus, lambdaPlus } = bulk;
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const x = place((1 - Math.cos((Math.PI * i) / CURVE_POINTS)) / 2, lambdaMinus, lambdaPlus);
    return { x, y: (share * marchenkoPasturDensity(x / N, { Q, sigma2 })) / N };
  }).filter(({ x, y }) => x > 0 && Number.isFinite(y));
}

/**
 * The fitted tail (alpha - 1)/xmin (lambda/xmin)^-alpha up to `to`, times the tail's share of the eigenvalues [CSN09]
 * eq. 2.2.
 */
export function powerLaw({ tail }: LayerPicture, to: number): Point[] {
  if (tail === null) return [];
  const { alpha, xmin, xmax, share } = tail;
  const span = Math.min(xmax, to) / xmin;
  if (!(span > 1)) return [];
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const ratio = span ** (i / CURVE_POINTS);
    return { x: xmin * ratio, y: ((share * (alpha - 1)) / xmin) * ratio ** -alpha };
  });
}
