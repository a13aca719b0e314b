import * as Plot from "@observablehq/plot";
import type { Step } from "../../phases/phase.js";
import { QUESTIONS, type QuestionName } from "../../phases/questions.js";
import { numberText, plural } from "../number-text.js";
import type { ChartOptions } from "./spectrum-chart.js";
import { svgText } from "./svg-text.js";

/** Standard errors that the view shows on each side of the threshold; what lies beyond stands at its end. */
const VIEW = 4;
const ROW = 34;

/**
 * How a phase was decided: the questions in the order in which they were asked, each with the distance of its statistic
 * from the threshold in standard errors (to the right is a yes), and its numbers. Empty where nothing was asked.
 */
export function decisionChart(path: readonly Step[], { document }: ChartOptions): string {
  if (path.length === 0) return "";
  const rows = path.map((step, order) => ({ step, order, distance: distanceOf(step) }));
  const inside = (value: number): number => Math.max(-VIEW, Math.min(VIEW, value));
  const measured = rows.filter(({ distance }) => distance !== null);
  const svg = Plot.plot({
    document,
    className: "chart",
    style: { fontSize: "13px" },
    width: 960,
    height: 56 + ROW * rows.length,
    marginLeft: 470,
    marginRight: 220,
    marginTop: 28,
    marginBottom: 28,
    x: { domain: [-VIEW, VIEW], label: null, ticks: [-VIEW, 0, VIEW], tickFormat: (x: number) => (x === 0 ? "threshold" : `${x} s.e.`) },
    y: { type: "band", domain: rows.map(({ order }) => order), axis: null },
    marks: [
      Plot.text(["no", "yes"], {
        frameAnchor: "top",
        x: (_: string, i: number) => (i === 0 ? -VIEW / 2 : VIEW / 2),
        dy: -16,
        fillOpacity: 0.75,
      } as Plot.TextOptions),
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "4 4" }),
      Plot.text(rows, { y: "order", frameAnchor: "left", dx: -12, textAnchor: "end", text: ({ step }) => asks(step) }),
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
      Plot.text(rows, { y: "order", frameAnchor: "right", dx: 12, textAnchor: "start", text: ({ step }) => numbersOf(step) }),
    ],
  });
  return svgText(svg, sentence(path));
}

/** Standard errors past the threshold on the side of a yes; null where the statistic does not apply. */
function distanceOf({ question, value, error, threshold }: Step): number | null {
  if (value === null || error === null) return null;
  const side = QUESTIONS[question as QuestionName].yesWhen === "above" ? 1 : -1;
  const distance = (side * (value - threshold)) / error;
  return Number.isNaN(distance) ? 0 : distance;
}

function asks({ question }: Step): string {
  return QUESTIONS[question as QuestionName].asks;
}

function numbersOf({ value, threshold, answer, probability }: Step): string {
  return `${numberText(value)} (${threshold}): ${answer}, ${Math.round(100 * probability)} %`;
}

function sentence(path: readonly Step[]): string {
  return `${plural(path.length, "question")}. ${path.map((step) => `${asks(step)} ${step.statistic} ${numbersOf(step)}.`).join(" ")}`;
}
