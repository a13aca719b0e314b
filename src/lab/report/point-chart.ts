import { printable } from "../../bytes/errors.js";
import {
  at,
  bottomAxis,
  element,
  escaped,
  type Frame,
  leftAxis,
  linearScale,
  linePath,
  logScale,
  type PhaseLabel,
  type Pixel,
  phaseMark,
  picture,
  segment,
} from "../../report/page-parts.js";
import { numberText, plural } from "../../report/text-parts.js";

/** One value of one seed at one point of the sweep. */
export interface SeedValue {
  readonly tick: string;
  readonly value: number;
  readonly phaseLabel: PhaseLabel;
  /** The tooltip, also for screen readers. */
  readonly title: string;
}

/** A line over the points: means over seeds, or published values. */
export interface PointLine {
  readonly name: string;
  readonly values: readonly {
    readonly tick: string;
    readonly value: number;
    readonly interval?: readonly [low: number, high: number];
  }[];
  readonly dashed?: boolean;
  readonly colour?: string;
}

export interface PointChart {
  readonly title: string;
  /** Label of the horizontal axis, and its ticks in order. */
  readonly axis: string;
  readonly ticks: readonly string[];
  readonly seeds: readonly SeedValue[];
  readonly lines: readonly PointLine[];
  readonly log?: boolean;
  /** Values that the axis includes in any case. */
  readonly include?: readonly number[];
}

const SIZE = { width: 460, height: 270 } as const;
const FRAME: Frame = { left: 56, right: 444, top: 32, bottom: 226 };

/**
 * A number against the points of a sweep: every seed with the mark of its phase, and lines. Empty if there is no value.
 */
export function pointChart({ title, axis, ticks, seeds, lines: given, log = false, include = [] }: PointChart): string {
  const lines = given.filter(({ values }) => values.length > 0);
  const isDrawn = (value: number): boolean => Number.isFinite(value) && (!log || value > 0);
  const numbers = [
    ...seeds.map(({ value }) => value),
    ...lines.flatMap(({ values }) => values.flatMap(({ value, interval }) => [value, ...(interval ?? [])])),
  ].filter(isDrawn);
  if (numbers.length === 0) return "";
  const y = (log ? logScale : linearScale)(domainOf([...numbers, ...include], log), [FRAME.bottom, FRAME.top]);
  const x = linearScale([-0.6, ticks.length - 0.4], [FRAME.left, FRAME.right]);
  const place = (tick: string, value: number): Pixel => [at(x, ticks.indexOf(tick)), at(y, value)];
  return picture(
    SIZE,
    `${title} against ${axis}, ${plural(seeds.length, "value")} of single runs. ${lines.map(sentence).join(" ")}`,
    [
      leftAxis(y, FRAME, { title, titleY: 14 }),
      bottomAxis(x, FRAME, { title: axis, ticks: ticks.map((text, value) => ({ value, text })) }),
      ...lines.flatMap((line) => drawnLine(line, { place, isDrawn })),
      ...seeds
        .filter(({ value }) => isDrawn(value))
        .map(({ tick, value, phaseLabel, title }) =>
          element(
            "g",
            {},
            element("title", {}, escaped(printable(title))),
            phaseMark(phaseLabel, place(tick, value), { scale: 0.8 }),
          ),
        ),
    ],
  );
}

interface Places {
  readonly place: (tick: string, value: number) => Pixel;
  readonly isDrawn: (value: number) => boolean;
}

function drawnLine({ values: given, dashed, colour = "var(--ink)" }: PointLine, { place, isDrawn }: Places): string[] {
  const values = given.filter(({ value }) => isDrawn(value));
  const stroke = { stroke: colour, "stroke-opacity": dashed ? "0.75" : "0.6" };
  const intervals = values.flatMap(({ tick, interval }) =>
    interval === undefined ? [] : [segment(place(tick, interval[0]), place(tick, interval[1]))],
  );
  const places = values.map(({ tick, value }) => place(tick, value));
  return [
    element("path", {
      d: linePath(places),
      fill: "none",
      ...stroke,
      "stroke-width": "1.5",
      "stroke-dasharray": dashed ? "4 4" : undefined,
    }),
    intervals.length === 0 ? "" : element("path", { d: intervals.join(""), ...stroke, "stroke-width": "2" }),
    ...(dashed ? places : []).map(([left, top]) =>
      element("rect", {
        x: left - 3,
        y: top - 3,
        width: 6,
        height: 6,
        fill: "var(--paper)",
        ...stroke,
        "stroke-width": "1.5",
      }),
    ),
  ];
}

function domainOf(values: readonly number[], log: boolean): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.15, high * 1.15];
  const margin = Math.max(0.06 * (high - low), 1e-3 * Math.abs(high), 1e-9);
  // If no value is negative, the axis does not go below 0.
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function sentence({ name, values }: PointLine): string {
  return `${name}: ${values.map(({ tick, value }) => `${numberText(value)} at ${tick}`).join(", ")}.`;
}
