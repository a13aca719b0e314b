import * as Plot from "@observablehq/plot";
import { numberText, plural } from "../number-text.js";
import type { LayerPicture } from "../picture.js";
import { linearTickText, logTicks, logTickText } from "./axis.js";
import {
  bulkCurve,
  curveMark,
  edgeMarks,
  histogramMark,
  inside,
  type Point,
  powerLaw,
  SPIKE_HEIGHT,
  spikeMarks,
  stepsOf,
  type View,
} from "./spectrum-marks.js";
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

function draw(options: Plot.PlotOptions, label: string): string {
  return svgText(Plot.plot({ ...SIZE, className: "chart", style: { fontSize: "13px" }, ...options }), label);
}
