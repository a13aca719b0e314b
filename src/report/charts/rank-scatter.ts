import { numberText, plural } from "../number-text.js";
import type { PhaseLabel } from "../phase-style.js";
import { bottomAxis, type Frame, leftAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import { drawLabels, type LabelPlace, placeLabels } from "./label-boxes.js";
import { phaseMark } from "./mark.js";
import { at, atInside, type Interval, linearScale, type Scale } from "./scale.js";
import { element, picture, segment, svgText } from "./svg.js";

/** A model of a ranking. */
export interface ScatterModel {
  readonly name: string;
  /** The number that orders the models. null: it has none. */
  readonly x: number | null;
  /** The 95 % interval of that number. */
  readonly interval: Interval | null;
  /** The score that is compared with it. */
  readonly y: number;
  readonly phase: PhaseLabel;
}

export interface ScatterOptions {
  readonly width: number;
  readonly height?: number;
  readonly xTitle: string;
  readonly yTitle: string;
  /** The usual range of x, shaded. */
  readonly usual?: Interval;
  /** A rank correlation with its 95 % interval. */
  readonly correlation?: { readonly name: string; readonly value: number; readonly interval: Interval | null };
}

export const SCATTER_HEIGHT = 260;
/** Room on the right for the models without a number. */
const LANE = 56;

/**
 * A number of the models against a score: does it order them as the score does? Models without the number are hollow
 * marks in a lane of their own. The correlation is written with its interval, as few models prove little. null without
 * models.
 */
export function rankScatter(models: readonly ScatterModel[], options: ScatterOptions): Chart | null {
  if (models.length === 0) return null;
  const { width, height = SCATTER_HEIGHT, xTitle, yTitle, usual, correlation } = options;
  const lane = models.some(({ x }) => x === null) ? LANE : 0;
  const frame: Frame = { left: 56, right: width - 16 - lane, top: 40, bottom: height - 44 };
  const x = linearScale(horizontalDomain(models), [frame.left, frame.right]);
  const y = linearScale(around(models.map((model) => model.y)), [frame.bottom, frame.top]);
  const wide = { ...frame, right: width - 16 };
  const words = correlation === undefined ? "" : correlationText(correlation, models.length);
  const places = models.map((model) => placeOf(model, { x, y, frame }));
  const svg = picture({ width, height }, sentence(models, options, words), [
    usual === undefined ? "" : shade(usual, x, frame),
    leftAxis(y, wide, { title: yTitle, titleY: 14 }),
    svgText([width - 16, 14], words, { anchor: "end", fill: "var(--ink)" }),
    ...models.map(({ interval, x: value }, i) =>
      value === null || interval === null
        ? ""
        : element("path", {
            d: segment([atInside(x, interval[0]), places[i][1]], [atInside(x, interval[1]), places[i][1]]),
            stroke: "var(--quiet)",
            "stroke-opacity": "0.5",
            "stroke-width": "1.5",
          }),
    ),
    ...models.map(({ phase, x: value }, i) => phaseMark(phase, places[i], { hollow: value === null })),
    lane === 0 ? "" : svgText([frame.right + LANE / 2, frame.bottom + 18], "n/a", { anchor: "middle" }),
    bottomAxis(x, frame, { title: xTitle }),
    drawLabels(
      placeLabels(
        models.map(({ name }, i) => ({ lines: [{ text: name }], places: labelPlaces(places[i]) })),
        {
          inside: wide,
          drawn: [
            ...places.map(([left, top]) => ({ left: left - 6, right: left + 6, top: top - 6, bottom: top + 6 })),
            ...models.flatMap(({ interval, x: value }, i) =>
              value === null || interval === null ? [] : [intervalBox(interval, x, places[i][1])],
            ),
          ],
        },
      ),
    ),
  ]);
  const points = models.map((model) => ({
    x: model.x ?? x.domain[1],
    y: model.y,
    label: `${model.name}: ${xTitle} ${numberText(model.x)}, ${yTitle} ${numberText(model.y)}`,
  }));
  return { svg, scales: { x, y }, series: [{ name: yTitle, points }] };
}

/** All values, and of their intervals what is at most as far again as the values are from each other. */
function horizontalDomain(models: readonly ScatterModel[]): Interval {
  const values = models.flatMap(({ x }) => (x === null ? [] : [x]));
  if (values.length === 0) return [0, 1];
  const [low, high] = around(values);
  const ends = models.flatMap(({ x, interval }) => (x === null || interval === null ? [] : interval));
  const inReach = ends.map((end) => Math.min(2 * high - low, Math.max(2 * low - high, end)));
  return [Math.min(low, ...inReach), Math.max(high, ...inReach)];
}

/** A margin on both sides, also if all values are equal. */
function around(values: readonly number[]): Interval {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - margin, high + margin];
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
  readonly frame: Frame;
}

function placeOf({ x: value, y: score }: ScatterModel, { x, y, frame }: Scales): [number, number] {
  return [value === null ? frame.right + LANE / 2 : at(x, value), at(y, score)];
}

function intervalBox(interval: Interval, x: Scale, y: number): Frame {
  return { left: atInside(x, interval[0]), right: atInside(x, interval[1]), top: y - 2, bottom: y + 2 };
}

function labelPlaces([x, y]: readonly [number, number]): LabelPlace[] {
  return [-8, 16, 4].flatMap((down): LabelPlace[] => [
    { at: [x + 10, y + down], anchor: "start" },
    { at: [x - 10, y + down], anchor: "end" },
  ]);
}

function shade(usual: Interval, x: Scale, { top, bottom }: Frame): string {
  const [left, right] = usual.map((end) => atInside(x, end));
  return right <= left
    ? ""
    : element("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "var(--panel)" });
}

function correlationText(
  { name, value, interval }: NonNullable<ScatterOptions["correlation"]>,
  models: number,
): string {
  const signed = (number: number): string => number.toFixed(2).replace("-", "−");
  const range = interval === null ? "" : ` (${signed(interval[0])} to ${signed(interval[1])})`;
  return `${name} ${signed(value)}${range}, ${plural(models, "model")}`;
}

function sentence(models: readonly ScatterModel[], { xTitle, yTitle }: ScatterOptions, words: string): string {
  const without = models.filter(({ x }) => x === null).length;
  return (
    `${yTitle} against ${xTitle} for ${plural(models.length, "model")}` +
    `${without === 0 ? "" : `, ${without} of them without ${xTitle}`}.${words === "" ? "" : ` ${words}.`}`
  );
}
