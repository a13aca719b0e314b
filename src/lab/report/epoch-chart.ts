import * as Plot from "@observablehq/plot";
import { type ChartOptions, linearTickText, type PhaseLabel, STYLE, svgText } from "../../report/page-parts.js";
import { numberText } from "../../report/text-parts.js";

/** One point of the sweep over the epochs, as means over its seeds. */
export interface EpochLine {
  readonly label: string;
  /** The phase at the end, which gives its colour. */
  readonly phaseLabel: PhaseLabel;
  readonly values: readonly { readonly epoch: number; readonly value: number }[];
}

const SIZE = { width: 460, height: 290, marginLeft: 52, marginRight: 84, marginTop: 32, marginBottom: 42 } as const;
/** Smallest distance between two labels at the ends of lines. */
const LABEL_HEIGHT = 14;

/** A number against the epochs, one line per point of the sweep. Empty if no line has two epochs. */
export function epochChart(title: string, given: readonly EpochLine[], { document }: ChartOptions): string {
  const lines = given.filter(({ values }) => values.length > 1);
  if (lines.length === 0) return "";
  const values = lines.flatMap((line) => line.values.map(({ value }) => value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.05 * (high - low), 1e-9);
  const domain: [number, number] = [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
  const last = Math.max(...lines.flatMap((line) => line.values.map(({ epoch }) => epoch)));
  const svg = Plot.plot({
    ...SIZE,
    document,
    className: "chart",
    style: { fontSize: "13px" },
    // The square root gives more room to the first epochs, where most changes happen.
    x: { type: "sqrt", domain: [0, last], label: "epoch", ticks: epochTicks(last), tickFormat: String },
    y: { domain, label: title, ticks: 5, tickFormat: linearTickText },
    marks: [
      ...lines.flatMap(({ values: own, phaseLabel }) => [
        Plot.line(own, { x: "epoch", y: "value", stroke: STYLE[phaseLabel].colour, strokeWidth: 1.75 }),
        ...(own.length <= 16
          ? [Plot.dot(own, { x: "epoch", y: "value", r: 2.5, fill: STYLE[phaseLabel].colour })]
          : []),
      ]),
      ...endLabels(lines, domain),
    ],
  });
  return svgText(svg, `${title} against the epoch. ${lines.map(sentence).join(" ")}`);
}

/** Names at the ends of the lines, moved so that they do not overlap. */
function endLabels(lines: readonly EpochLine[], [low, high]: readonly [number, number]): Plot.Markish[] {
  const perUnit = (SIZE.height - SIZE.marginTop - SIZE.marginBottom) / (high - low);
  const ends = lines
    .map((line) => ({ line, end: line.values[line.values.length - 1] }))
    .sort((a, b) => b.end.value - a.end.value);
  const places = ends.map(({ end }) => SIZE.marginTop + (high - end.value) * perUnit);
  for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i], places[i - 1] + LABEL_HEIGHT);
  // If the last label is below the chart, move it and the labels above it up.
  let limit = SIZE.height - SIZE.marginBottom + 4;
  for (let i = places.length - 1; i >= 0; i--, limit -= LABEL_HEIGHT) places[i] = Math.min(places[i], limit);
  return ends.map(({ line, end }, i) =>
    Plot.text([end], {
      x: "epoch",
      y: "value",
      text: () => line.label,
      fill: STYLE[line.phaseLabel].colour,
      textAnchor: "start",
      dx: 8,
      dy: places[i] - (SIZE.marginTop + (high - end.value) * perUnit),
    }),
  );
}

function epochTicks(last: number): number[] {
  const ticks = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].filter((tick) => tick <= last);
  // On a square-root axis, ticks below about a fortieth of the end would overlap.
  return ticks.filter((tick) => tick === 0 || Math.sqrt(tick / last) > 0.15);
}

function sentence({ label, values }: EpochLine): string {
  const [first, last] = [values[0], values[values.length - 1]];
  return `${label}: from ${numberText(first.value)} to ${numberText(last.value)}.`;
}
