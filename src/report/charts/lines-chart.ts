import { numberText } from "../number-text.js";
import type { PhaseLabel } from "../phase-style.js";
import { bottomAxis, type Frame, leftAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import { LINE_HEIGHT, labelWidth } from "./label-boxes.js";
import { phaseMark } from "./mark.js";
import { at, atInside, type Interval, isInside, linearScale, logScale, type Scale } from "./scale.js";
import { clipped, element, linePath, type Pixel, picture, segment, svgText, withHalo } from "./svg.js";

export interface LinePoint {
  readonly x: number;
  /** null interrupts the line: there is no value that may be read. */
  readonly y: number | null;
  readonly phase?: PhaseLabel | undefined;
}

export interface ChartLine {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** CSS colour. Default: from a list of inks; the dash pattern differs too. */
  readonly colour?: string;
  readonly dashed?: boolean;
}

export interface LinesChartOptions {
  readonly width: number;
  readonly height?: number;
  readonly title: string;
  readonly xTitle?: string;
  readonly kind?: "linear" | "log";
  /** What the vertical axis shows in any case. */
  readonly include?: readonly number[];
  readonly usual?: Interval;
  /** Left edge of the plot: charts below each other that share their horizontal axis have the same. */
  readonly left?: number;
  /** Default: from the first to the last x of all lines. */
  readonly domainX?: Interval;
  readonly ticksX?: readonly { readonly value: number; readonly text: string }[];
  /** A place that is marked by a line. */
  readonly cursor?: number | null;
  readonly events?: readonly { readonly x: number; readonly label: string }[];
  /** Names for which there is room at the right: charts below each other have the same right edge. Default: its own. */
  readonly labels?: readonly string[];
  /** Names at the ends of the lines. Default: yes. */
  readonly endLabels?: boolean;
  /** No labels below the axis, for a chart above another one. */
  readonly bare?: boolean;
}

export const LINES_HEIGHT = 200;
/** The share of the width that names at the ends of lines may take. */
const MAX_NAMES = 0.42;
/** Lines differ by their dashes, not by the colours of phases. */
const INKS = [
  { stroke: "var(--ink)", "stroke-dasharray": undefined },
  { stroke: "var(--accent)", "stroke-dasharray": "7 4" },
  { stroke: "var(--quiet)", "stroke-dasharray": "2 3" },
  { stroke: "var(--ink)", "stroke-dasharray": "9 3 2 3" },
] as const;
/** Least distance of two marks on a line, in pixels. */
const MARK_DISTANCE = 46;

/**
 * Numbers of several layers (or runs) against step or epoch: one line each, interrupted where there is no value, with
 * the marks of the phases along it. null if no line has a value.
 */
export function linesChart(lines: readonly ChartLine[], options: LinesChartOptions): Chart | null {
  const { width, height = LINES_HEIGHT, title, kind = "linear", endLabels = true, bare = false } = options;
  const usable = (y: number | null): y is number => y !== null && Number.isFinite(y) && (kind !== "log" || y > 0);
  const points = lines.flatMap((line) => line.points);
  const values = points.map(({ y }) => y).filter(usable);
  if (values.length === 0) return null;
  const labels = options.labels ?? lines.map(({ name }) => name);
  const names = endLabels ? Math.max(...labels.map((name) => labelWidth(name))) + 16 : 16;
  const frame: Frame = {
    left: options.left ?? 56,
    right: width - Math.min(names, MAX_NAMES * width),
    top: 28,
    bottom: height - (bare ? 10 : 44),
  };
  const x = linearScale(options.domainX ?? domainOf(points.map((point) => point.x)), [frame.left, frame.right]);
  const y = valueScale([...values, ...(options.include ?? [])], kind, frame);
  const svg = picture({ width, height }, sentence(lines, options), [
    options.usual === undefined ? "" : shade(options.usual, y, frame),
    leftAxis(y, frame, { title, titleY: 14 }),
    ...(options.events ?? []).map(({ x: place }) => verticalLine(place, { x, frame, style: EVENT_STYLE })),
    clipped(frame, ...lines.map((line, i) => drawnLine(line, i, { x, y, usable }))),
    ...lines.flatMap((line) => marksOf(line, { x, y, usable })),
    endLabels ? endNames(lines, { x, y, frame, usable }) : "",
    options.cursor === null || options.cursor === undefined
      ? ""
      : verticalLine(options.cursor, { x, frame, style: { stroke: "var(--accent)", "stroke-width": "2" } }),
    bare ? "" : bottomAxis(x, frame, axisOptions(options)),
  ]);
  const series = lines.map(({ name, points }) => ({
    name,
    points: points.flatMap(({ x, y, phase }) =>
      usable(y)
        ? [{ x, y, label: `${name} at ${numberText(x)}: ${numberText(y)}${phase === undefined ? "" : `, ${phase}`}` }]
        : [],
    ),
  }));
  return { svg, scales: { x, y }, series };
}

const EVENT_STYLE = { stroke: "var(--ink)", "stroke-width": "1.2", "stroke-dasharray": "5 3" };

function axisOptions({ xTitle, ticksX }: LinesChartOptions) {
  return { ...(xTitle !== undefined && { title: xTitle }), ...(ticksX !== undefined && { ticks: ticksX }) };
}

function domainOf(values: readonly number[]): Interval {
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function valueScale(values: readonly number[], kind: "linear" | "log", { top, bottom }: Frame): Scale {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (kind === "log") return logScale([low / 1.12, high * 1.12], [bottom, top]);
  const margin = Math.max(0.06 * (high - low), 1e-3 * Math.abs(high), 1e-9);
  // If no value is negative, the axis does not go below 0.
  return linearScale([low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin], [bottom, top]);
}

interface Drawing {
  readonly x: Scale;
  readonly y: Scale;
  readonly usable: (y: number | null) => y is number;
}

function drawnLine({ points, colour, dashed }: ChartLine, index: number, { x, y, usable }: Drawing): string {
  const ink = INKS[index % INKS.length];
  const dash = colour === undefined ? ink["stroke-dasharray"] : dashed ? "5 3" : undefined;
  return element("path", {
    d: linePath(points.map((point): Pixel | null => (usable(point.y) ? [at(x, point.x), at(y, point.y)] : null))),
    fill: "none",
    stroke: colour ?? ink.stroke,
    "stroke-width": "2",
    "stroke-linejoin": "round",
    "stroke-dasharray": dash,
  });
}

/** The marks of the phases: at the first point, where the phase changes, and every 46 pixels. */
function marksOf({ points }: ChartLine, { x, y, usable }: Drawing): string[] {
  let last = Number.NEGATIVE_INFINITY;
  return points.flatMap(({ x: value, y: height, phase }, i) => {
    if (phase === undefined || !usable(height) || !isInside(x, value)) return [];
    const place = at(x, value);
    const changed = points[i - 1]?.phase !== phase;
    if (!(place - last >= MARK_DISTANCE || (changed && place - last >= MARK_DISTANCE / 4))) return [];
    last = place;
    return [phaseMark(phase, [place, atInside(y, height)], { scale: 0.62 })];
  });
}

/** Names at the ends of the lines, moved so that they do not overlap. */
function endNames(lines: readonly ChartLine[], { x, y, frame, usable }: Drawing & { readonly frame: Frame }): string {
  const ends = lines
    .flatMap(({ name, points }) => {
      const end = points.findLast((point) => usable(point.y));
      return end === undefined ? [] : [{ name, place: [atInside(x, end.x), atInside(y, end.y as number)] as const }];
    })
    .sort((a, b) => a.place[1] - b.place[1]);
  const heights = ends.map(({ place }) => place[1] + 4);
  for (let i = 1; i < heights.length; i++) heights[i] = Math.max(heights[i], heights[i - 1] + LINE_HEIGHT - 2);
  // If the last label is below the chart, move it and the labels above it up.
  let limit = frame.bottom + 4;
  for (let i = heights.length - 1; i >= 0; i--, limit -= LINE_HEIGHT - 2) heights[i] = Math.min(heights[i], limit);
  return withHalo(
    ...ends.map(({ name, place }, i) => svgText([place[0] + 8, heights[i]], name, { fill: "var(--ink)" })),
  );
}

function shade(usual: Interval, y: Scale, { left, right }: Frame): string {
  const [bottom, top] = usual.map((end) => atInside(y, end));
  return bottom <= top
    ? ""
    : element("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "var(--panel)" });
}

function verticalLine(
  value: number,
  { x, frame: { top, bottom }, style }: { readonly x: Scale; readonly frame: Frame; readonly style: object },
): string {
  if (!isInside(x, value)) return "";
  return element("path", { d: segment([at(x, value), top - 8], [at(x, value), bottom]), ...style });
}

function sentence(lines: readonly ChartLine[], { title, xTitle = "step", kind }: LinesChartOptions): string {
  const words = lines.map(({ name, points }) => {
    const values = points.filter(({ y }) => y !== null && (kind !== "log" || y > 0));
    const [first, last] = [values[0], values.at(-1)];
    return last === undefined ? `${name}: no value.` : `${name}: from ${numberText(first.y)} to ${numberText(last.y)}.`;
  });
  return `${title} against ${xTitle}. ${words.join(" ")}`;
}
