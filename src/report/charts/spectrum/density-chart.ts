import { numberText, plural } from "../../number-text.js";
import { bottomAxis, type Frame, leftAxis } from "../axis.js";
import type { Chart, Series } from "../chart.js";
import { drawLabels } from "../label-boxes.js";
import { at, atInside, type Interval, isInside, linearScale, logScale, type Scale } from "../scale.js";
import {
  clipped,
  coordinate,
  element,
  linePath,
  type PictureSize,
  type Pixel,
  picture,
  segment,
  svgText,
} from "../svg.js";
import { bulkCurve, type CurvePoint, tailCurve } from "./density-curves.js";
import type { Bar, DensityAxes, DensityData } from "./density-data.js";
import { densityLabels } from "./density-labels.js";
import { spectrumSentence } from "./spectrum-sentence.js";

export interface DensityChartOptions extends PictureSize {
  readonly show: { readonly bulk: boolean; readonly tail: boolean };
  /** Words in the chart that name its parts. A small chart with a legend beside it has none. */
  readonly labels: boolean;
  /** Visible range of the vertical axis. Default: all of the bars. */
  readonly viewY?: Interval | undefined;
}

/** Room for the zero bar left of the axis. */
const ZERO_BAR_ROOM = 62;
const ZERO_BAR_WIDTH = 30;
/** Room above the highest bar for two lines of labels. */
const LABEL_ROOM = 42;
/** Length of the ticks that mark spikes. */
const SPIKE_TICK = 9;
/** A curve far above the bars (it is infinite at Q = 1) is cut at this many times the highest bar. */
const MAX_CURVE_HEIGHT = 1.7;
/** Room of a logarithmic vertical axis below the lowest and above the highest bar, as factors. */
const [LOG_ROOM_BELOW, LOG_ROOM_ABOVE] = [2, 1.6];

const AXIS_TITLES: Readonly<Record<DensityAxes, { readonly y: string; readonly sentence: string }>> = {
  log: { y: "share of the eigenvalues per decade", sentence: "Share of the eigenvalues per decade against log λ." },
  linear: { y: "density", sentence: "Density of the eigenvalues on linear axes." },
  loglog: { y: "density", sentence: "Density of the eigenvalues on logarithmic axes." },
};

/**
 * The spectrum as a histogram with the laws fitted to it: bulk in grey with its Marchenko-Pastur curve, the band of the
 * Tracy-Widom law at its edge, spikes in blue with a tick each, the power law with its interval, and zero eigenvalues
 * as a bar of their own left of the axis.
 */
export function densityChart(data: DensityData, options: DensityChartOptions): Chart {
  const { width, height, show, labels } = options;
  const zeroRoom = data.zeros > 0 ? ZERO_BAR_ROOM : 0;
  const frame: Frame = { left: 52 + zeroRoom, right: width - 14, top: 28, bottom: height - 44 };
  const bulk = show.bulk ? bulkCurve(data) : [];
  const tail = show.tail && data.tail !== null ? tailCurve(data.tail, data.axes, data.view) : [];
  const x = (data.axes === "linear" ? linearScale : logScale)(data.view, [frame.left, frame.right]);
  const y = verticalScale(data, { bulk, frame, room: labels ? LABEL_ROOM : 0, viewY: options.viewY });
  const bars = data.bars.filter(({ count }) => count > 0).map((bar) => ({ bar, box: barBox(bar, x, y, frame) }));
  const { threshold } = data.edge ?? { threshold: Number.POSITIVE_INFINITY };
  const placed = labels
    ? densityLabels(data, {
        frame,
        x,
        y,
        drawn: [...bars.map(({ box }) => box), ...[bulk, tail].flatMap((points) => strokeBoxes(pixels(points, x, y)))],
        tail,
        showBulk: show.bulk,
        hasShuffled: data.shuffled.length > 0,
      })
    : [];
  const svg = picture({ width, height }, `${AXIS_TITLES[data.axes].sentence} ${spectrumSentence(data)}`, [
    leftAxis(y, frame, { title: AXIS_TITLES[data.axes].y, titleY: 14 }),
    clipped(
      frame,
      drawBars(
        bars.filter(({ bar }) => !(middle(bar, data.axes) > threshold)).map(({ box }) => box),
        { fill: "var(--phase-random-like)", "fill-opacity": "0.42" },
      ),
      drawBars(
        bars.filter(({ bar }) => middle(bar, data.axes) > threshold).map(({ box }) => box),
        { fill: "var(--phase-bulk-spikes)", "fill-opacity": "0.5" },
      ),
      show.bulk ? edgeBand(data, x, frame) : "",
      ...(show.tail ? [tailBand(data, x, y)] : []),
      curve(bulk, x, y, { stroke: "var(--ink)", "stroke-width": "2" }),
      shuffledSteps(data.shuffled, x, y, frame),
      curve(tail, x, y, { stroke: "var(--phase-heavy-tailed)", "stroke-width": "2.6", "stroke-dasharray": "7 4" }),
      spikeTicks(data, x, frame),
    ),
    show.tail && tail.length > 0 ? xminTick(data, x, frame) : "",
    zeroBar(data, frame),
    bottomAxis(x, frame, { title: "eigenvalue λ of W′W" }),
    drawLabels(placed),
  ]);
  return { svg, scales: { x, y }, series: seriesOf(data) };
}

interface VerticalOptions {
  readonly bulk: readonly CurvePoint[];
  readonly frame: Frame;
  readonly room: number;
  readonly viewY: Interval | undefined;
}

function verticalScale({ axes, bars }: DensityData, { bulk, frame, room, viewY }: VerticalOptions): Scale {
  const range: Interval = [frame.bottom, frame.top];
  const scale = axes === "loglog" ? logScale : linearScale;
  if (viewY !== undefined) return scale(viewY, range);
  const heights = bars.map(({ density }) => density).filter((density) => density > 0);
  // A view between two eigenvalues has no bar.
  const [lowest, highest] = heights.length === 0 ? [0.1, 1] : [Math.min(...heights), Math.max(...heights)];
  const top = Math.max(highest, Math.min(Math.max(0, ...bulk.map(({ y }) => y)), MAX_CURVE_HEIGHT * highest));
  // The share of the plot's height that the bars have, below the labels.
  const part = 1 - room / (frame.bottom - frame.top);
  if (axes !== "loglog") return linearScale([0, (1.06 * top) / part], range);
  const [from, to] = [lowest / LOG_ROOM_BELOW, top * LOG_ROOM_ABOVE];
  return logScale([from, from * (to / from) ** (1 / part)], range);
}

/** The middle of a bin on its axis. */
function middle({ from, to }: Bar, axes: DensityAxes): number {
  return axes === "linear" ? (from + to) / 2 : Math.sqrt(from * to);
}

function barBox({ from, to, density }: Bar, x: Scale, y: Scale, { bottom }: Frame): Frame {
  return { left: atInside(x, from), right: atInside(x, to), top: at(y, density), bottom };
}

/** Bars of one colour as one path: a quarter of the text of as many rectangles. They are apart by a hairline. */
function drawBars(boxes: readonly Frame[], style: Record<string, string>): string {
  if (boxes.length === 0) return "";
  const bar = ({ left, right, top, bottom }: Frame): string => {
    const [from, to] = [left + 0.5, Math.max(left + 1, right - 0.5)].map(coordinate);
    return `M${from} ${coordinate(bottom)}V${coordinate(Math.min(top, bottom))}H${to}V${coordinate(bottom)}Z`;
  };
  return element("path", { d: boxes.map(bar).join(""), ...style });
}

function curve(points: readonly CurvePoint[], x: Scale, y: Scale, style: Record<string, string>): string {
  if (points.length === 0) return "";
  return element("path", { d: linePath(pixels(points, x, y)), fill: "none", ...style });
}

/** Heights far outside the plot are cut there by the clip; pixels stay small numbers. */
function pixels(points: readonly CurvePoint[], x: Scale, y: Scale): Pixel[] {
  const [bottom, top] = y.range;
  const most = bottom - top;
  return points.map((point) => {
    const pixel = point.y > 0 ? at(y, point.y) : bottom + most;
    return [at(x, point.x), Math.max(top - most, Math.min(bottom + most, pixel))];
  });
}

/** Small boxes along a curve, for what labels cover. */
function strokeBoxes(points: readonly Pixel[]): Frame[] {
  return points.map(([x, y]) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
}

/** The band of the largest eigenvalue of a random matrix; without it, the bulk's edge as a line. */
function edgeBand({ bulk, edge }: DensityData, x: Scale, { top, bottom }: Frame): string {
  if (edge?.band) {
    const [low, high] = edge.band.map((end) => atInside(x, end));
    if (edge.band[1] < x.domain[0] || edge.band[0] > x.domain[1]) return "";
    const attributes = { fill: "var(--ink)", "fill-opacity": "0.16" };
    return element("rect", {
      x: low - 1,
      y: top,
      width: Math.max(3, high - low + 2),
      height: bottom - top,
      ...attributes,
    });
  }
  if (bulk === null || !isInside(x, bulk.lambdaPlus)) return "";
  const d = segment([at(x, bulk.lambdaPlus), top], [at(x, bulk.lambdaPlus), bottom]);
  return element("path", { d, stroke: "var(--ink)", "stroke-dasharray": "2 3" });
}

/** Between the power laws of both ends of alpha's interval. */
function tailBand({ tail, axes, view }: DensityData, x: Scale, y: Scale): string {
  if (tail === null || tail.interval === null) return "";
  const [low, high] = tail.interval.map((alpha) => pixels(tailCurve({ ...tail, alpha }, axes, view), x, y));
  if (low.length === 0) return "";
  const d = `${linePath([...low, ...high.reverse()])}Z`;
  return element("path", { d, fill: "var(--phase-heavy-tailed)", "fill-opacity": "0.15" });
}

function shuffledSteps(bars: readonly Bar[], x: Scale, y: Scale, { bottom }: Frame): string {
  if (bars.length === 0) return "";
  const top = ({ density }: Bar): number => (density > 0 ? at(y, density) : bottom);
  const steps = bars.flatMap((bar): Pixel[] => [
    [atInside(x, bar.from), top(bar)],
    [atInside(x, bar.to), top(bar)],
  ]);
  return element("path", { d: linePath(steps), fill: "none", stroke: "var(--quiet)", "stroke-dasharray": "3 2" });
}

function spikeTicks({ spikes }: DensityData, x: Scale, { bottom }: Frame): string {
  const visible = spikes.filter((spike) => isInside(x, spike));
  if (visible.length === 0) return "";
  const d = visible.map((spike) => segment([at(x, spike), bottom], [at(x, spike), bottom - SPIKE_TICK])).join("");
  return element("path", { d, stroke: "var(--phase-bulk-spikes)", "stroke-width": "1.2" });
}

/** Where the power law begins: a tick below the axis. */
function xminTick({ tail }: DensityData, x: Scale, { bottom }: Frame): string {
  if (tail === null || !isInside(x, tail.xmin)) return "";
  const d = segment([at(x, tail.xmin), bottom], [at(x, tail.xmin), bottom + 8]);
  return element("path", { d, stroke: "var(--phase-heavy-tailed)", "stroke-width": "2.6" });
}

/** The share of zero eigenvalues, on a scale of its own: all of the plot's height is all eigenvalues. */
function zeroBar({ zeros, count }: DensityData, { top, bottom }: Frame): string {
  if (zeros === 0) return "";
  const share = zeros / count;
  const height = share * (bottom - top - 16);
  const centre = 18 + ZERO_BAR_WIDTH / 2;
  return (
    element("rect", {
      x: 18,
      y: bottom - height,
      width: ZERO_BAR_WIDTH,
      height,
      fill: "var(--phase-rank-collapse)",
    }) +
    svgText([centre, bottom - height - 7], shareText(share), { anchor: "middle", bold: true, fill: "var(--ink)" }) +
    svgText([centre, bottom + 18], "zero", { anchor: "middle" }) +
    element("path", { d: segment([14, bottom], [52, bottom]), stroke: "var(--quiet)" })
  );
}

/** A share in per cent without decimals; a little is not nothing. */
function shareText(share: number): string {
  const percent = Math.round(100 * share);
  return percent === 0 ? "< 1 %" : `${percent} %`;
}

function seriesOf(data: DensityData): Series[] {
  const unit = data.axes === "log" ? "per decade" : "per unit of λ";
  const bars = data.bars.map((bar) => ({
    x: middle(bar, data.axes),
    y: bar.density,
    label:
      `λ ${numberText(bar.from)} to ${numberText(bar.to)}: ${plural(bar.count, "eigenvalue")}, ` +
      `${numberText(bar.density)} ${unit}`,
  }));
  const spikes = [...data.spikes]
    .sort((a, b) => b - a)
    .map((spike, i) => ({ x: spike, y: 0, label: `spike ${i + 1} of ${data.spikeCount}: λ ${numberText(spike)}` }));
  return [{ name: "eigenvalues", points: bars }, ...(spikes.length > 0 ? [{ name: "spikes", points: spikes }] : [])];
}
