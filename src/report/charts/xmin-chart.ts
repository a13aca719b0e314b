import type { LayerDetail } from "../../analysis/layer-detail.js";
import { numberText, plural } from "../number-text.js";
import type { TailStarts } from "../picture.js";
import { bottomAxis, type Frame, leftAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import { labelWidth } from "./label-boxes.js";
import { at, atInside, type Interval, linearScale, logScale, type Scale } from "./scale.js";
import { countFrom, intervalOf, isFittedXmin, nearestStart } from "./spectrum/chosen-tail.js";
import { clipped, element, linePath, type Pixel, picture, segment, svgText, withHalo } from "./svg.js";

export interface XminChartOptions {
  readonly width: number;
  readonly height?: number;
  /** What is drawn against the start of the tail: the Kolmogorov-Smirnov distance, or the exponent. */
  readonly value: "D" | "alpha";
  /** The start that is marked. Default: that of the fit. */
  readonly xmin?: number | undefined;
  readonly view?: { readonly x: Interval } | undefined;
}

export const XMIN_HEIGHT = 176;
/** Starts with fewer eigenvalues above them say nothing, and would hide the others. */
const MIN_TAIL = 10;
/** Ends of the axes: a D above the first is no fit, an alpha above the second no tail. */
const MAX_D = 0.5;
const MAX_ALPHA = 10;

/**
 * D or alpha against every start of the tail [CSN09] section 3.3, with a line at the chosen start, and for alpha the
 * 95 % interval of the fit as a band. A flat stretch of alpha means that it does not depend on the choice.
 * null if no power law was fitted.
 */
export function xminChart(
  detail: LayerDetail | TailStarts,
  { width, height = XMIN_HEIGHT, value, xmin, view }: XminChartOptions,
): Chart | null {
  const { curve, tail } = detail;
  if (curve === null) return null;
  const all = curve.xmin.map((start, i) => ({
    start,
    value: curve[value][i],
    tail: "above" in detail ? detail.above[i] : countFrom(detail.eigenvalues, start),
  }));
  // A tail that begins at zero to working precision has no place on a logarithmic axis.
  const resolved = all.filter(({ start }) => start > detail.resolvedFloor && start > 0);
  const telling = resolved.filter((point) => point.tail >= MIN_TAIL);
  const points = telling.length >= 2 ? telling : resolved;
  if (points.length < 2) return null;
  const frame: Frame = { left: 46, right: width - 10, top: 12, bottom: height - 44 };
  const x = logScale(view?.x ?? [points[0].start, points[points.length - 1].start], [frame.left, frame.right]);
  const band = value === "alpha" && tail !== null ? intervalOf(tail) : null;
  const y = valueScale(
    points.map((point) => point.value),
    band,
    { value, frame },
  );
  const chosen = xmin ?? tail?.xmin ?? points[0].start;
  const index = nearestStart(
    points.map(({ start }) => start),
    chosen,
  ) as number;
  const cursor = points[index];
  // The curve is rounded and thinned; the fit is exact.
  const shown = tail !== null && isFittedXmin(detail, chosen) ? { start: tail.xmin, value: tail[value] } : cursor;
  const svg = picture({ width, height }, sentence(value, points.length, shown), [
    leftAxis(y, frame),
    bandRect(band, y, frame),
    clipped(
      frame,
      element("path", {
        d: linePath(points.map(({ start, value }): Pixel => [at(x, start), atInside(y, value)])),
        fill: "none",
        stroke: "var(--ink)",
        "stroke-width": "1.6",
      }),
    ),
    bottomAxis(x, frame, { title: "xmin, where the tail begins" }),
    cursorMark(shown, { x, y, frame, name: value }),
  ]);
  const series = points.map((point) => ({
    x: point.start,
    y: point.value,
    label: `xmin ${numberText(point.start)}: ${value} ${numberText(point.value)}, ${plural(point.tail, "eigenvalue")}`,
  }));
  return { svg, scales: { x, y }, series: [{ name: value, points: series }] };
}

function valueScale(
  values: readonly number[],
  band: Interval | null,
  { value, frame }: { readonly value: "D" | "alpha"; readonly frame: Frame },
): Scale {
  const range: Interval = [frame.bottom, frame.top];
  const high = Math.max(...values, ...(band ?? []));
  if (value === "D") return linearScale([0, 1.05 * Math.min(MAX_D, Math.max(high, 0.01))], range);
  return linearScale([1, Math.max(2, Math.min(MAX_ALPHA, 1.05 * high))], range);
}

function bandRect(band: Interval | null, y: Scale, { left, right }: Frame): string {
  if (band === null) return "";
  const [bottom, top] = band.map((end) => atInside(y, end));
  const style = { fill: "var(--phase-heavy-tailed)", "fill-opacity": "0.12" };
  return element("rect", { x: left, y: top, width: right - left, height: bottom - top, ...style });
}

interface Cursor {
  readonly x: Scale;
  readonly y: Scale;
  readonly frame: Frame;
  readonly name: string;
}

function cursorMark(
  { start, value }: { readonly start: number; readonly value: number },
  { x, y, frame: { left, right, top, bottom }, name }: Cursor,
): string {
  const [cx, cy] = [atInside(x, start), atInside(y, value)];
  const words = `${name} ${numberText(value)}`;
  const fitsRight = cx + 9 + labelWidth(words, { bold: true }) <= right;
  const fitsLeft = cx - 9 - labelWidth(words, { bold: true }) >= left;
  // Away from the curve: D is lowest at the fit, so that there is room below it only if it is not near 0.
  const base = cy - top > 30 ? top + 12 : Math.min(bottom - 6, cy + 24);
  return (
    element("path", {
      d: segment([cx, top], [cx, bottom]),
      stroke: "var(--phase-heavy-tailed)",
      "stroke-width": "1.5",
    }) +
    element("circle", {
      cx,
      cy,
      r: 5,
      fill: "var(--phase-heavy-tailed)",
      stroke: "var(--paper)",
      "stroke-width": "1.5",
    }) +
    withHalo(
      svgText([fitsRight || !fitsLeft ? cx + 9 : cx - 9, base], words, {
        bold: true,
        fill: "var(--ink)",
        ...(!fitsRight && fitsLeft && { anchor: "end" as const }),
      }),
    )
  );
}

function sentence(
  value: "D" | "alpha",
  count: number,
  shown: { readonly start: number; readonly value: number },
): string {
  const what = value === "D" ? "Distance D of the tail to its power law" : "Exponent alpha";
  return (
    `${what} against ${plural(count, "possible start")} of the tail: ${numberText(shown.value)} at xmin ` +
    `${numberText(shown.start)}.`
  );
}
