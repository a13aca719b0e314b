import { countText, plural } from "../number-text.js";
import { PHASE_LABELS, STYLE } from "../phase-style.js";
import type { Frame } from "./axis.js";
import { bottomAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import {
  type HeatLayout,
  type HeatReading,
  type HeatRect,
  heatChanges,
  heatRects,
  mergeReadings,
} from "./heat-map-cells.js";
import { labelWidth } from "./label-boxes.js";
import { phaseMark } from "./mark.js";
import { linearScale } from "./scale.js";
import { element, type Pixel, picture, segment, svgText, withHalo } from "./svg.js";

export interface HeatAlarm {
  /** Index of the layer, and the step. */
  readonly layer: number;
  readonly step: number;
}

export interface HeatMapOptions {
  readonly width: number;
  readonly rowHeight?: number;
  readonly alarms?: readonly HeatAlarm[];
  /** Events of the training (a lower rate): a dashed line after the reading of that step. */
  readonly events?: readonly { readonly step: number; readonly label: string }[];
  /** Layers whose names are bold: those that are followed elsewhere. */
  readonly followed?: readonly number[];
  /** The step with a frame around its column. */
  readonly cursor?: number | null;
}

/** A picture of more cells than this is megabytes of text: paint `heatRects` on a canvas. */
export const MAX_SVG_LAYERS = 300;
export const MAX_SVG_READINGS = 400;
const TOP = 30;
/** The widest column of names. */
const MAX_NAME_WIDTH = 220;

/** Where the cells of a heat map lie, for the picture and for a canvas alike. */
export function heatLayout(
  names: readonly string[],
  readings: number,
  { width, rowHeight = 19 }: { readonly width: number; readonly rowHeight?: number },
): HeatLayout {
  const left = 16 + Math.min(MAX_NAME_WIDTH, Math.max(30, ...names.map((name) => nameWidth(name))));
  return { left, top: TOP, columnWidth: (width - left - 16) / Math.max(1, readings), rowHeight };
}

/** Names are monospaced: every character is 0.62 of the text's size wide. */
function nameWidth(name: string): number {
  return name.length * 12 * 0.62;
}

/**
 * The phase of every layer at every reading: colour is the phase, faint is less sure, a mark shows where the phase
 * changes. Up to 300 layers; more than 400 readings are merged into 400 columns, the worst phase of each. Throws
 * `RangeError` for more layers, and if a reading has not one cell per layer.
 */
export function heatMap(
  names: readonly string[],
  given: readonly HeatReading[],
  { width, rowHeight = 19, alarms = [], events = [], followed = [], cursor = null }: HeatMapOptions,
): Chart {
  if (names.length > MAX_SVG_LAYERS)
    throw new RangeError(
      `heatMap: found ${names.length} layers, expected at most ${MAX_SVG_LAYERS}; paint heatRects on a canvas`,
    );
  const uneven = given.find(({ cells }) => cells.length !== names.length);
  if (uneven !== undefined)
    throw new RangeError(
      `heatMap: found ${uneven.cells.length} cells at step ${uneven.step}, expected ${names.length}, one per layer`,
    );
  const readings = mergeReadings(given, MAX_SVG_READINGS);
  const layout = heatLayout(names, readings.length, { width, rowHeight });
  const bottom = TOP + names.length * rowHeight;
  const frame: Frame = { left: layout.left, right: width - 16, top: TOP, bottom };
  const columnOf = (step: number): number => lastAtMost(readings, step);
  const x = linearScale([-0.5, Math.max(1, readings.length) - 0.5], [frame.left, frame.right]);
  const y = linearScale([-0.5, Math.max(1, names.length) - 0.5], [frame.top, frame.bottom]);
  const centre = (column: number): number => layout.left + (column + 0.5) * layout.columnWidth;
  const svg = picture({ width, height: bottom + 46 }, sentence(names.length, given), [
    ...names.map((name, row) =>
      svgText([layout.left - 10, TOP + (row + 0.5) * rowHeight + 4], shortened(name), {
        anchor: "end",
        mono: true,
        bold: followed.includes(row),
        ...(followed.includes(row) && { fill: "var(--ink)" }),
      }),
    ),
    ...joined(heatRects(readings, layout)).map(drawRect),
    ...heatChanges(readings, layout).map(({ x, y, phase }) =>
      phaseMark(phase, [x, y], { scale: 0.62, colour: "var(--paper)" }),
    ),
    ...events.map(({ step, label }) => eventLine(centre(columnOf(step)) + layout.columnWidth / 2, label, frame)),
    ...alarms.map(({ layer, step }) => alarmMark([centre(columnOf(step)), TOP + (layer + 0.5) * rowHeight])),
    cursor === null || readings.length === 0 ? "" : cursorFrame(centre(columnOf(cursor)), layout.columnWidth, frame),
    stepAxis(readings, { x, frame }),
  ]);
  const points = readings.flatMap(({ step, cells }, column) =>
    cells.flatMap((cell, row) => {
      if (cell === null) return [];
      const sure = cell.confidence === null ? "" : `, ${Math.round(100 * cell.confidence)} % sure`;
      return [{ x: column, y: row, label: `${names[row]} at step ${countText(step)}: ${cell.phase}${sure}` }];
    }),
  );
  return { svg, scales: { x, y }, series: [{ name: "phase", points }] };
}

/** Index of the last reading at or before a step; the first one if there is none. */
function lastAtMost(readings: readonly HeatReading[], step: number): number {
  return Math.max(
    0,
    readings.findLastIndex((reading) => reading.step <= step),
  );
}

/** Neighbours in a row that look the same become one rectangle: a tenth of the text. */
function joined(rects: readonly HeatRect[]): HeatRect[] {
  const found: HeatRect[] = [];
  const open = new Map<number, number>();
  for (const rect of rects) {
    const index = open.get(rect.y);
    const last = index === undefined ? undefined : found[index];
    const gap = last === undefined ? Number.POSITIVE_INFINITY : rect.x - (last.x + last.width);
    if (last !== undefined && gap < 0.01 && last.phase === rect.phase && last.opacity === rect.opacity)
      found[index as number] = { ...last, width: rect.x + rect.width - last.x };
    else {
      open.set(rect.y, found.length);
      found.push(rect);
    }
  }
  return found;
}

function drawRect({ x, y, width, height, phase, opacity }: HeatRect): string {
  const { colour, isPhase } = STYLE[phase];
  if (!isPhase)
    return element("rect", {
      x: x + 0.5,
      y: y + 0.5,
      width: Math.max(0.5, width - 1),
      height: height - 1,
      fill: "none",
      stroke: phase === "failed" ? colour : "var(--line)",
    });
  const faint = opacity === 1 ? undefined : String(opacity);
  return element("rect", { x, y, width, height, fill: colour, "fill-opacity": faint });
}

function eventLine(x: number, label: string, { right, bottom }: Frame): string {
  const d = segment([x, TOP - 14], [x, bottom]);
  const fits = x + 6 + labelWidth(label, { bold: true }) <= right;
  const style = { bold: true, fill: "var(--ink)" };
  return (
    element("path", { d, stroke: "var(--ink)", "stroke-width": "1.5", "stroke-dasharray": "5 3" }) +
    withHalo(svgText([fits ? x + 6 : x - 6, TOP - 8], label, { ...style, ...(!fits && { anchor: "end" as const }) }))
  );
}

function alarmMark([x, y]: Pixel): string {
  const stroke = { stroke: "var(--phase-rank-collapse)", "stroke-width": "1.8", "stroke-linejoin": "round" };
  return element(
    "g",
    { transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})` },
    element("path", { d: "M0-7 7.5 6H-7.5Z", fill: "var(--paper)", ...stroke }),
    element("path", { d: "M0-2.5V2M0 3.8V4.4", fill: "none", ...stroke }),
  );
}

function cursorFrame(x: number, columnWidth: number, { bottom }: Frame): string {
  const width = Math.max(3, columnWidth);
  const rect = { x: x - width / 2, y: TOP - 2, width, height: bottom - TOP + 4 };
  return element("rect", { ...rect, fill: "none", stroke: "var(--accent)", "stroke-width": "2" });
}

/** Steps below the columns, as many as fit. */
function stepAxis(
  readings: readonly HeatReading[],
  { x, frame }: { readonly x: ReturnType<typeof linearScale>; readonly frame: Frame },
): string {
  const widest = Math.max(10, ...readings.map(({ step }) => labelWidth(countText(step)))) + 14;
  const most = Math.max(1, Math.floor((frame.right - frame.left) / widest));
  const stride = Math.max(1, Math.ceil(readings.length / most));
  const ticks = readings.flatMap(({ step }, value) => (value % stride === 0 ? [{ value, text: countText(step) }] : []));
  return bottomAxis(x, frame, { title: "step", ticks });
}

/** The ends of a name that is too long; what differs is usually at its end. */
function shortened(name: string): string {
  const most = Math.floor(MAX_NAME_WIDTH / (12 * 0.62));
  return name.length <= most ? name : `${name.slice(0, 8)}…${name.slice(name.length - (most - 9))}`;
}

function sentence(layers: number, readings: readonly HeatReading[]): string {
  const last = readings.at(-1);
  if (last === undefined) return `Phases of ${plural(layers, "layer")}: no reading yet.`;
  const counts = PHASE_LABELS.map((label) => ({
    label,
    count: last.cells.filter((cell) => cell?.phase === label).length,
  })).filter(({ count }) => count > 0);
  return (
    `Phases of ${plural(layers, "layer")} at ${plural(readings.length, "reading")}, from step ` +
    `${countText(readings[0].step)} to ${countText(last.step)}. At the end: ` +
    `${counts.map(({ label, count }) => `${count} ${label}`).join(", ")}.`
  );
}
