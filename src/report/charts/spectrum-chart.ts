import * as Plot from "@observablehq/plot";
import { marchenkoPasturDensity } from "../../rmt/index.js";
import { binEdges, type Histogram } from "../histogram.js";
import { numberText, plural } from "../number-text.js";
import type { LayerPicture } from "../picture.js";
import { linearTickText, logTicks, logTickText } from "./axis.js";
import { svgText } from "./svg-text.js";

export interface ChartOptions {
  /** A browser's document, or one from linkedom's `parseHTML`. */
  readonly document: Document;
}

/** If the axis of the eigenvalues ends below this, its labels are long (4·10⁻⁴, 0.0012) and fewer are drawn. */
const MAX_FOR_LONG_LABELS = 0.01;
const SIZE = { width: 460, height: 280, marginLeft: 58, marginRight: 16, marginTop: 24, marginBottom: 40 } as const;
/** Width over height of both charts, as CSS writes it. */
export const SPECTRUM_ASPECT_RATIO = `${SIZE.width} / ${SIZE.height}`;
/** Intervals of a drawn curve. */
const CURVE_POINTS = 72;

/** Height of the strokes that mark spikes, as a fraction of the chart. */
const SPIKE_HEIGHT = 0.07;

interface Point {
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

function stepsOf(bins: Histogram, count: number, toLambda: (edge: number) => number): Steps {
  const edges = binEdges(bins).map(toLambda);
  const density = bins.counts.map((n, i) => n / (count * (edges[i + 1] - edges[i])));
  const points = edges.map((x, i) => ({ x, y: density[Math.min(i, density.length - 1)] }));
  return { points, highest: Math.max(...density), lowest: Math.min(...density.filter((y) => y > 0)) };
}

/** The visible range of both axes. */
interface View {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [bottom: number, top: number];
}

/** The spectrum on logarithmic axes, where a power law is a straight line. Empty if no eigenvalue is resolved. */
export function logSpectrumChart(picture: LayerPicture, { document }: ChartOptions): string {
  if (picture.log === null) return "";
  const steps = stepsOf(picture.log, picture.count, (edge) => 10 ** edge);
  // The view ends half a decade above the highest density, and at half of the lowest one.
  const [bottom, top] = [steps.lowest / 2, steps.highest * 3];
  const view: View = { x: [10 ** picture.log.start, 10 ** picture.log.end], y: [bottom, top] };
  const bulk = bulkCurve(picture, (t, low, high) => Math.max(low, view.x[0]) ** (1 - t) * high ** t);
  const raised = (points: readonly Point[]): Point[] => points.map(({ x, y }) => ({ x, y: Math.max(y, bottom) }));

  return draw(
    {
      document,
      x: { type: "log", domain: view.x, axis: null },
      y: { type: "log", domain: view.y, axis: null },
      marks: [
        // Drawn as marks, because Plot's own logarithmic axis drops labels.
        Plot.axisX(logTicks(...view.x), { text: logTickText, label: "eigenvalue λ" }),
        Plot.axisY(logTicks(...view.y), { text: logTickText, label: "density" }),
        histogramMark(raised(steps.points), bottom),
        ...edgeMarks(picture, view),
        spikeMarks(picture, view, bottom * (top / bottom) ** SPIKE_HEIGHT),
        curveMark(inside(raised(bulk), view), "var(--chart-bulk)"),
        curveMark(inside(powerLaw(picture, view.x[1]), view), "var(--chart-tail)", "6 3"),
      ],
    },
    `Density of the eigenvalues on logarithmic axes. ${sentence(picture)}`,
  );
}

/**
 * The spectrum on linear axes, where the Marchenko-Pastur bulk has its familiar shape. Empty if no eigenvalue is
 * resolved.
 */
export function linearSpectrumChart(picture: LayerPicture, { document }: ChartOptions): string {
  if (picture.linear === null) return "";
  const steps = stepsOf(picture.linear, picture.count, (edge) => edge);
  const bulk = bulkCurve(picture, (t, low, high) => low + (high - low) * t * t);
  // The view includes the bulk's curve, unless it is far above the bars (it is infinite for Q = 1).
  const top = Math.max(
    steps.highest * 1.15,
    Math.min(1.05 * Math.max(0, ...bulk.map(({ y }) => y)), steps.highest * 1.7),
  );
  const view: View = { x: [0, picture.linear.end], y: [0, top] };

  return draw(
    {
      document,
      x: {
        domain: view.x,
        ticks: view.x[1] < MAX_FOR_LONG_LABELS ? 4 : 6,
        tickFormat: linearTickText,
        label: "eigenvalue λ",
      },
      y: { domain: view.y, ticks: 5, tickFormat: linearTickText, label: "density" },
      marks: [
        histogramMark(steps.points, 0),
        ...edgeMarks(picture, view),
        spikeMarks(picture, view, top * SPIKE_HEIGHT),
        curveMark(inside(bulk, view), "var(--chart-bulk)"),
        curveMark(inside(powerLaw(picture, view.x[1]), view), "var(--chart-tail)", "6 3"),
      ],
    },
    `Density of the eigenvalues on linear axes. ${sentence(picture)}`,
  );
}

/** The numbers that both charts show, in a sentence. */
function sentence({ count, zeros, lambdaMax, bulk, spikeCount, tail }: LayerPicture): string {
  const parts = [
    `${plural(count, "eigenvalue")}, the largest ${numberText(lambdaMax)}`,
    zeros > 0 ? `${zeros} zero to working precision` : null,
    bulk === null ? null : `random bulk from ${numberText(bulk.lambdaMinus)} to ${numberText(bulk.lambdaPlus)}`,
    spikeCount > 0 ? plural(spikeCount, "spike") : null,
    tail === null ? null : `power law with exponent ${numberText(tail.alpha)} from ${numberText(tail.xmin)} up`,
  ];
  return `${parts.filter((part) => part !== null).join("; ")}.`;
}

function histogramMark(points: readonly Point[], bottom: number): Plot.Markish {
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

function curveMark(points: readonly Point[], stroke: string, strokeDasharray?: string): Plot.Markish {
  return Plot.line(points, { x: "x", y: "y", stroke, strokeWidth: 2, ...(strokeDasharray && { strokeDasharray }) });
}

/**
 * Breaks a curve where it leaves the view. A clip path would need an id that is unique in the page; the points are
 * dense enough without one.
 */
function inside(points: readonly Point[], { x: [from, to], y: [bottom, top] }: View): Point[] {
  return points.map(({ x, y }) => ({ x, y: x >= from && x <= to && y >= bottom && y <= top ? y : Number.NaN }));
}

/** Short strokes on the axis, all in one path. */
function spikeMarks({ spikes }: LayerPicture, { x: [from, to], y: [bottom] }: View, height: number): Plot.Markish {
  const strokes = spikes
    .filter((x) => x >= from && x <= to)
    .flatMap((x) => [
      { x, y: bottom },
      { x, y: height },
      { x, y: Number.NaN },
    ]);
  return Plot.line(strokes, { x: "x", y: "y", stroke: "var(--chart-spike)", strokeWidth: 1.5 });
}

function edgeMarks({ bulk }: LayerPicture, { x: [from, to] }: View): Plot.Markish[] {
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
function bulkCurve({ bulk }: LayerPicture, place: (t: number, low: number, high: number) => number): Point[] {
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
function powerLaw({ tail }: LayerPicture, to: number): Point[] {
  if (tail === null) return [];
  const { alpha, xmin, xmax, share } = tail;
  const span = Math.min(xmax, to) / xmin;
  if (!(span > 1)) return [];
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const ratio = span ** (i / CURVE_POINTS);
    return { x: xmin * ratio, y: ((share * (alpha - 1)) / xmin) * ratio ** -alpha };
  });
}

function draw(options: Plot.PlotOptions, label: string): string {
  return svgText(Plot.plot({ ...SIZE, className: "chart", style: { fontSize: "13px" }, ...options }), label);
}
