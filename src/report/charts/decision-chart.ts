import * as Plot from "@observablehq/plot";
import type { Step } from "../../phases/phase.js";
import { QUESTIONS, type QuestionName } from "../../phases/questions.js";
import { numberText, plural } from "../number-text.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/** Standard errors shown on each side of the threshold. Values beyond are drawn at the end of the axis. */
const MAX_DISTANCE = 4;
const ROW_HEIGHT = 34;

/**
 * How a phase was decided. The questions are in the order in which they were asked. Each shows the distance of its
 * statistic from the threshold in standard errors (right of it means yes), and its numbers. Empty if no question was
 * asked.
 */
export function decisionChart(path: readonly Step[], { document }: ChartOptions): string {
  if (path.length === 0) return "";
  const rows = path.map((step, order) => ({ step, order, distance: distanceOf(step) }));
  const inside = (value: number): number => Math.max(-MAX_DISTANCE, Math.min(MAX_DISTANCE, value));
  const measured = rows.filter(({ distance }) => distance !== null);
  const svg = Plot.plot({
    document,
    className: "chart",
    style: { fontSize: "13px" },
    width: 960,
    height: 56 + ROW_HEIGHT * rows.length,
    marginLeft: 470,
    marginRight: 220,
    marginTop: 28,
    marginBottom: 28,
    x: {
      domain: [-MAX_DISTANCE, MAX_DISTANCE],
      label: null,
      ticks: [-MAX_DISTANCE, 0, MAX_DISTANCE],
      tickFormat: (x: number) => (x === 0 ? "threshold" : `${x} s.e.`),
    },
    y: { type: "band", domain: rows.map(({ order }) => order), axis: null },
    marks: [
      Plot.text(["no", "yes"], {
        frameAnchor: "top",
        x: (_: string, i: number) => (i === 0 ? -MAX_DISTANCE / 2 : MAX_DISTANCE / 2),
        dy: -16,
        fillOpacity: 0.75,
      } as Plot.TextOptions),
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" }),
      Plot.text(rows, {
        y: "order",
        frameAnchor: "left",
        dx: -12,
        textAnchor: "end",
        text: ({ step }) => questionText(step),
      }),
      Plot.ruleY(measured, {
        y: "order",
        x1: ({ distance }) => inside(distance! - 1),
        x2: ({ distance }) => inside(distance! + 1),
        stroke: "currentColor",
        strokeOpacity: 0.45,
        strokeWidth: 2,
      }),
      Plot.dot(measured, {
        y: "order",
        x: ({ distance }) => inside(distance!),
        r: 4.5,
        fill: ({ order }) => (order === rows.length - 1 ? "var(--chart-spike)" : "currentColor"),
      }),
      Plot.text(rows, {
        y: "order",
        frameAnchor: "right",
        dx: 12,
        textAnchor: "start",
        text: ({ step }) => numbersOf(step),
      }),
    ],
  });
  return svgText(svg, sentence(path));
}

/**
 * Distance past the threshold in standard errors, positive on the side of a yes. null if the statistic does not apply.
 */
function distanceOf({ question, value, error, threshold }: Step): number | null {
  if (value === null || error === null) return null;
  const side = QUESTIONS[question as QuestionName].yesWhen === "above" ? 1 : -1;
  const distance = (side * (value - threshold)) / error;
  return Number.isNaN(distance) ? 0 : distance;
}

function questionText({ question }: Step): string {
  return QUESTIONS[question as QuestionName].asks;
}

function numbersOf({ value, threshold, answer, probability }: Step): string {
  return `${numberText(value)} (${threshold}): ${answer}, ${Math.round(100 * probability)} %`;
}

function sentence(path: readonly Step[]): string {
  return (
    `${plural(path.length, "question")}. ` +
    `${path.map((step) => `${questionText(step)} ${step.statistic} ${numbersOf(step)}.`).join(" ")}`
  );
}
