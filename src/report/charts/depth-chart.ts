import { numberText, plural } from "../number-text.js";
import { PHASE_LABELS, STYLE } from "../phase-style.js";
import { bottomAxis, type Frame, leftAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import { DEPTH_QUANTITIES, type DepthLayer, type DepthQuantity, type DepthQuantityName } from "./depth-quantities.js";
import { blockBrackets, depthDomain, MAX_SINGLE_LAYERS, phaseStrip } from "./depth-strip.js";
import { drawLabels, type LabelPlace, placeLabels } from "./label-boxes.js";
import { phaseMark } from "./mark.js";
import { at, atInside, linearScale, logScale, type Scale } from "./scale.js";
import { element, linePath, type Pixel, picture, segment, svgText } from "./svg.js";

export interface DepthChartOptions {
  readonly width: number;
  readonly height?: number;
  readonly quantity: DepthQuantityName;
  /** Index of a layer that is marked by a line. */
  readonly selected?: number | null | undefined;
  /** Indices of layers whose names are written beside their marks, if there is room. */
  readonly named?: readonly number[];
  /** Title of the horizontal axis. */
  readonly axis?: string;
}

export const DEPTH_HEIGHT = 312;
/** Height of the lane of layers without a value, at the bottom of the plot. */
const LANE = 22;
const STRIP = { top: 23, height: 12 } as const;

/**
 * A number of every layer along the depth: blocks as brackets, phases as a strip, values with their 95 % intervals. A
 * layer without a value is a hollow mark on the lane n/a. Above 600 layers, columns of two pixels hold several layers,
 * and the worst phase of a column is the one that is seen.
 */
export function depthChart(
  layers: readonly DepthLayer[],
  {
    width,
    height = DEPTH_HEIGHT,
    quantity,
    selected = null,
    named = [],
    axis = "layer, in order of depth",
  }: DepthChartOptions,
): Chart {
  const what = DEPTH_QUANTITIES[quantity];
  const right = width - (what.lines === undefined ? 8 : 120);
  const frame: Frame = { left: 48, right, top: 64, bottom: height - 44 };
  const x = linearScale(depthDomain(layers.length), [frame.left, frame.right]);
  const y = valueScale(layers, what, [frame.bottom - LANE, frame.top]);
  const lane = frame.bottom - 6;
  const plotted = { ...frame, bottom: frame.bottom - LANE };
  const merged = layers.length > MAX_SINGLE_LAYERS;
  const svg = picture({ width, height }, sentence(layers, quantity), [
    usualRange(what, y, frame),
    leftAxis(y, plotted),
    // Below the strip's first cells, because the margin is too narrow for the longer names.
    svgText([6, frame.top - 13], quantity),
    referenceLines(what, y, plotted),
    blockBrackets(
      layers.map(({ block }) => block),
      { x, top: 0, bottom: frame.bottom },
    ),
    phaseStrip(
      layers.map(({ phase }) => phase),
      { x, ...STRIP },
    ),
    svgText([frame.left - 8, STRIP.top + 10], "phase", { anchor: "end" }),
    svgText([frame.left - 8, lane + 4], "n/a", { anchor: "end" }),
    selected === null ? "" : cursor(at(x, selected + 1), frame),
    merged ? mergedMarks(layers, { x, y, lane }) : singleMarks(layers, { x, y, lane }),
    bottomAxis(x, frame, { title: axis, whole: true }),
    drawLabels(nameLabels(layers, named, { x, y, frame })),
  ]);
  const points = layers.map((layer, i) => ({
    x: i + 1,
    y: layer.value ?? y.domain[0],
    label: titleOf(layer, quantity),
  }));
  return { svg, scales: { x, y }, series: [{ name: quantity, points }] };
}

function valueScale(
  layers: readonly DepthLayer[],
  { kind, limits, include }: DepthQuantity,
  range: readonly [number, number],
): Scale {
  const values = layers.flatMap(({ value }) => (value === null ? [] : [value]));
  const inLimits = values.map((value) => Math.min(limits[1], Math.max(limits[0], value)));
  const low = inLimits.reduce((a, b) => Math.min(a, b), include[0]);
  const high = inLimits.reduce((a, b) => Math.max(a, b), include[1]);
  if (kind === "log") return logScale([Math.max(low, 1e-12) / 1.05, high * 1.15], range);
  const margin = 0.05 * (high - low);
  return linearScale([low < include[0] ? low - margin : low, high > include[1] ? high + margin : high], range);
}

function usualRange({ usual }: DepthQuantity, y: Scale, { left, right }: Frame): string {
  if (usual === undefined) return "";
  const [bottom, top] = usual.map((end) => atInside(y, end));
  return element("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "var(--panel)" });
}

function referenceLines({ lines = [] }: DepthQuantity, y: Scale, { left, right }: Frame): string {
  // Names are at least a line apart, the first one highest.
  let last = Number.NEGATIVE_INFINITY;
  return lines
    .map(({ value, name }) => {
      const place = atInside(y, value);
      last = Math.max(place + 4, last + 14);
      const d = segment([left, place], [right, place]);
      return (
        element("path", { d, stroke: "var(--quiet)", "stroke-dasharray": "3 3" }) + svgText([right + 8, last], name)
      );
    })
    .join("");
}

function cursor(x: number, { bottom }: Frame): string {
  return element("path", { d: segment([x, 21], [x, bottom]), stroke: "var(--accent)", "stroke-width": "1.5" });
}

interface Places {
  readonly x: Scale;
  readonly y: Scale;
  readonly lane: number;
}

const INTERVAL_STYLE = { stroke: "var(--quiet)", "stroke-opacity": "0.45", "stroke-width": "1.4" };

function singleMarks(layers: readonly DepthLayer[], { x, y, lane }: Places): string {
  const room = layers.length < 2 ? 12 : at(x, 2) - at(x, 1);
  const intervals = layers
    .flatMap(({ interval }, i) => (interval === null ? [] : [verticalSegment(at(x, i + 1), interval, y)]))
    .join("");
  const marks = layers.map((layer, i) => {
    if (layer.phase === "pending") return "";
    const { phase, value } = layer;
    return value === null
      ? phaseMark(phase, [at(x, i + 1), lane], { scale: markSize(room / 10, 0.85), hollow: true })
      : phaseMark(phase, [at(x, i + 1), atInside(y, value)], { scale: markSize(room / 9, 1) });
  });
  return (intervals === "" ? "" : element("path", { d: intervals, ...INTERVAL_STYLE })) + marks.join("");
}

/** Marks of many layers shrink, but their shapes stay recognisable. */
function markSize(wanted: number, most: number): number {
  return Math.max(0.45, Math.min(most, wanted));
}

function verticalSegment(x: number, [low, high]: readonly [number, number], y: Scale): string {
  return segment([x, atInside(y, low)], [x, atInside(y, high)]);
}

/** Short strokes instead of marks, one path per phase: 3,000 layers are eight paths. */
function mergedMarks(layers: readonly DepthLayer[], { x, y, lane }: Places): string {
  const stroke = (place: Pixel): string =>
    linePath([
      [place[0] - 1, place[1]],
      [place[0] + 1, place[1]],
    ]);
  const intervals = layers
    .flatMap(({ interval }, i) => (interval === null ? [] : [verticalSegment(at(x, i + 1), interval, y)]))
    .join("");
  const marks = PHASE_LABELS.map((phase) => {
    const own = layers.flatMap((layer, i) => (layer.phase === phase ? [{ value: layer.value, i }] : []));
    const path = (found: typeof own): string =>
      found.map(({ value, i }) => stroke([at(x, i + 1), value === null ? lane : atInside(y, value)])).join("");
    const style = { stroke: STYLE[phase].colour, "stroke-width": 2.4 };
    const d = path(own);
    return d === "" ? "" : element("path", { d, ...style });
  });
  const faint = { ...INTERVAL_STYLE, "stroke-width": "1", "stroke-opacity": "0.25" };
  return (intervals === "" ? "" : element("path", { d: intervals, ...faint })) + marks.join("");
}

function nameLabels(
  layers: readonly DepthLayer[],
  named: readonly number[],
  { x, y, frame }: { readonly x: Scale; readonly y: Scale; readonly frame: Frame },
) {
  const drawn = layers.flatMap(({ value }, i) => {
    if (value === null) return [];
    const [left, top] = [at(x, i + 1), atInside(y, value)];
    return [{ left: left - 6, right: left + 6, top: top - 6, bottom: top + 6 }];
  });
  const labels = named.flatMap((index) => {
    const value = layers[index]?.value ?? null;
    if (value === null) return [];
    const [left, middle] = [at(x, index + 1), atInside(y, value)];
    const places = [4, -7, 15].flatMap((down): LabelPlace[] => [
      { at: [left + 9, middle + down], anchor: "start" },
      { at: [left - 9, middle + down], anchor: "end" },
    ]);
    return [{ lines: [{ text: layers[index].name, fill: "var(--ink)" }], places }];
  });
  return placeLabels(labels, { inside: { ...frame, bottom: frame.bottom - LANE }, drawn });
}

function titleOf({ name, phase, value, interval }: DepthLayer, quantity: DepthQuantityName): string {
  if (phase === "pending") return `${name}: still to come`;
  const range = interval === null ? "" : ` (${numberText(interval[0])} to ${numberText(interval[1])})`;
  const missing = ` (${DEPTH_QUANTITIES[quantity].missing})`;
  return `${name}: ${quantity} ${numberText(value)}${value === null ? missing : range}, ${phase}`;
}

function sentence(layers: readonly DepthLayer[], quantity: DepthQuantityName): string {
  const values = layers.flatMap(({ value }) => (value === null ? [] : [value]));
  const range =
    values.length === 0
      ? ""
      : `, from ${numberText(values.reduce((a, b) => Math.min(a, b)))} to ` +
        numberText(values.reduce((a, b) => Math.max(a, b)));
  const counts = [...PHASE_LABELS, "pending" as const]
    .map((label) => ({ label, count: layers.filter(({ phase }) => phase === label).length }))
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${count} ${label}`);
  return (
    `${quantity} against depth for ${plural(layers.length, "layer")}. It is valid for ${values.length}${range}.` +
    (counts.length === 0 ? "" : ` By phase: ${counts.join(", ")}.`)
  );
}
