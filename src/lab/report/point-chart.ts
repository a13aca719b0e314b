import * as Plot from "@observablehq/plot";
import {
  type ChartOptions,
  linearTickText,
  logTicks,
  logTickText,
  type PhaseLabel,
  STYLE,
  svgText,
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

const SIZE = { width: 460, height: 270, marginLeft: 52, marginRight: 18, marginTop: 32, marginBottom: 42 } as const;

/**
 * A number against the points of a sweep: every seed with the marker of its phase, and lines. Empty if there is no
 * value.
 */
export function pointChart(
  { title, axis, ticks, seeds, lines: given, log = false, include = [] }: PointChart,
  { document }: ChartOptions,
): string {
  const lines = given.filter(({ values }) => values.length > 0);
  const numbers = [
    ...seeds.map(({ value }) => value),
    ...lines.flatMap(({ values }) => values.flatMap(({ value, interval }) => [value, ...(interval ?? [])])),
  ].filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (numbers.length === 0) return "";
  const domain = domainOf([...numbers, ...include], log);
  const svg = Plot.plot({
    ...SIZE,
    document,
    className: "chart",
    style: { fontSize: "13px" },
    x: { type: "point", domain: ticks, label: axis, padding: 0.6 },
    y: log
      ? { type: "log", domain, axis: null }
      : { domain, label: title, ticks: 5, tickFormat: linearTickText, nice: true },
    marks: [
      ...(log ? [Plot.axisY(logTicks(...domain), { text: logTickText, label: title })] : []),
      ...lines.flatMap(lineMarks),
      ...seedMarks(seeds.filter(({ value }) => !log || value > 0)),
    ],
  });
  return svgText(
    svg,
    `${title} against ${axis}, ${plural(seeds.length, "value")} of single runs. ${lines.map(sentence).join(" ")}`,
  );
}

function lineMarks({ values, dashed, colour = "currentColor" }: PointLine): Plot.Markish[] {
  const stroke = { stroke: colour, strokeOpacity: dashed ? 0.75 : 0.6 };
  const intervals = values.filter(({ interval }) => interval !== undefined);
  return [
    Plot.line(values, {
      x: "tick",
      y: "value",
      ...stroke,
      strokeWidth: 1.5,
      ...(dashed ? { strokeDasharray: "4 4" } : {}),
    }),
    Plot.ruleX(intervals, {
      x: "tick",
      y1: ({ interval }) => interval[0],
      y2: ({ interval }) => interval[1],
      ...stroke,
      strokeWidth: 2,
    }),
    ...(dashed
      ? [
          Plot.dot(values, {
            x: "tick",
            y: "value",
            r: 3.5,
            symbol: "square",
            fill: "var(--paper)",
            ...stroke,
            strokeWidth: 1.5,
          }),
        ]
      : []),
  ];
}

function seedMarks(seeds: readonly SeedValue[]): Plot.Markish[] {
  return [...new Set(seeds.map(({ phaseLabel }) => phaseLabel))].map((phaseLabel) => {
    const { colour, hollow, marker } = STYLE[phaseLabel];
    return Plot.dot(
      seeds.filter((seed) => seed.phaseLabel === phaseLabel),
      {
        x: "tick",
        y: "value",
        r: 4.5,
        symbol: marker,
        stroke: colour,
        strokeWidth: 1.5,
        fill: hollow ? "none" : colour,
        title: "title",
      },
    );
  });
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
