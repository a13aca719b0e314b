import type { PhaseName, Step } from "../../phases/phase.js";
import { FIRST_QUESTION, QUESTIONS, type QuestionName } from "../../phases/questions.js";
import { numberText, plural } from "../number-text.js";
import { STYLE } from "../phase-style.js";
import { phaseMark } from "./mark.js";
import { decoration, element, picture, segment, svgText } from "./svg.js";
import { wrapped } from "./text-lines.js";

/** Standard errors shown on each side of the threshold. Values beyond are drawn at the end of the gauge. */
export const MAX_DISTANCE = 4;
/** Widest chart: longer lines are hard to read. */
const MAX_WIDTH = 720;
const GAUGE = { width: 112, height: 20 } as const;
const LINE = 17;
/** Room left of the words, for the line that connects the questions. */
const INDENT = 28;

/** How the path ended, for the last row. */
export interface DecidedPhase {
  readonly phase: PhaseName | null;
  readonly confidence: number;
  readonly alternatives?: readonly { readonly phase: PhaseName; readonly confidence: number }[];
}

export interface DecisionChartOptions {
  readonly width: number;
  readonly decided?: DecidedPhase;
}

/**
 * Distance past the threshold in standard errors, positive on the side of a yes. null if the statistic does not apply.
 */
export function distanceOf({ question, value, error, threshold }: Step): number | null {
  if (value === null || error === null) return null;
  const side = QUESTIONS[question as QuestionName].yesWhen === "above" ? 1 : -1;
  const distance = (side * (value - threshold)) / error;
  // 0/0: the statistic has no error and lies on the threshold.
  return Number.isNaN(distance) ? 0 : distance;
}

/**
 * The gauge of one question: the line is the threshold, right of it the answer is yes. The scale is certainty (standard
 * errors), not size. A filled dot is a yes.
 */
export function gauge(step: Step): string {
  return decoration(GAUGE, [gaugeAt(step, 0, 0)]);
}

function gaugeAt(step: Step, left: number, top: number): string {
  const distance = distanceOf(step);
  const place = (value: number): number =>
    left + 5 + ((Math.max(-MAX_DISTANCE, Math.min(MAX_DISTANCE, value)) + MAX_DISTANCE) / (2 * MAX_DISTANCE)) * 102;
  const [middle, end] = [top + GAUGE.height / 2, left + GAUGE.width - 5];
  const threshold = place(0);
  return (
    element("rect", { x: threshold, y: middle - 4, width: end - threshold, height: 8, rx: 2, fill: "var(--sunk)" }) +
    element("path", { d: segment([left + 5, middle], [end, middle]), stroke: "var(--line)" }) +
    element("path", {
      d: segment([threshold, middle - 7], [threshold, middle + 7]),
      stroke: "var(--quiet)",
      "stroke-width": "1.5",
    }) +
    (distance === null
      ? ""
      : element("circle", {
          cx: place(distance),
          cy: middle,
          r: 4.6,
          fill: distance > 0 ? "var(--ink)" : "var(--paper)",
          stroke: "var(--ink)",
          "stroke-width": "1.6",
        }))
  );
}

/**
 * How a phase was decided: the questions in the order in which they were asked, each with answer, statistic,
 * threshold and gauge; then the questions that were not asked, and the phase with its alternatives. Empty if no
 * question was asked.
 */
export function decisionChart(path: readonly Step[], { width: given, decided }: DecisionChartOptions): string {
  if (path.length === 0) return "";
  const width = Math.min(MAX_WIDTH, given);
  const rows: string[] = [];
  let y = 4;
  for (const step of path) {
    const answer = `${step.answer === "yes" ? "Yes" : "No"} ${percent(step.probability)}`;
    const question = wrapped(asks(step), width - INDENT - 96, { bold: true });
    const numbers = wrapped(numbersOf(step), width - INDENT - GAUGE.width - 16);
    const height = LINE * (question.length + Math.max(numbers.length, 1.3)) + 12;
    rows.push(
      element("path", { d: segment([8, y + 16], [8, y + height + 2]), stroke: "var(--line)", "stroke-width": "2" }),
      answerDot([8, y + 8], step.answer === "yes"),
      ...question.map((line, i) => svgText([INDENT, y + 12 + i * LINE], line, { bold: true, fill: "var(--ink)" })),
      svgText([width - 2, y + 12], answer, { anchor: "end", bold: true, fill: "var(--ink)" }),
      ...numbers.map((line, i) => svgText([INDENT, y + 12 + (question.length + i) * LINE], line)),
      gaugeAt(step, width - GAUGE.width, y + question.length * LINE),
    );
    y += height;
  }
  for (const line of wrapped(notAsked(path), width - INDENT)) {
    if (line === "") continue;
    rows.push(svgText([INDENT, y + 12], line));
    y += LINE;
  }
  if (decided !== undefined) {
    const last = decidedRow(decided, { width, top: y + 8 });
    rows.push(last.svg);
    y = last.bottom;
  }
  return picture({ width, height: y + 8 }, sentence(path), rows);
}

function answerDot([cx, cy]: readonly [number, number], yes: boolean): string {
  const ring = element("circle", { cx, cy, r: 7, fill: "var(--paper)", stroke: "var(--quiet)", "stroke-width": "2" });
  return yes ? ring + element("circle", { cx, cy, r: 3.6, fill: "var(--quiet)" }) : ring;
}

function decidedRow(
  { phase, confidence, alternatives = [] }: DecidedPhase,
  { width, top }: { readonly width: number; readonly top: number },
): { svg: string; bottom: number } {
  const label = phase ?? "undecided";
  const others = alternatives.slice(0, 2).map((other) => `${other.phase} ${percent(other.confidence)}`);
  const lines = others.length === 0 ? [] : wrapped(`Else ${others.join(", ")}.`, width - INDENT - 24);
  const height = 30 + LINE * lines.length;
  const { colour } = STYLE[label];
  const box = { x: INDENT - 6, y: top, width: width - INDENT + 4, height, rx: 9 };
  return {
    svg:
      element("circle", { cx: 8, cy: top + 15, r: 7, fill: "var(--paper)", stroke: colour, "stroke-width": "2" }) +
      element("rect", { ...box, fill: colour, "fill-opacity": "0.1", stroke: colour, "stroke-opacity": "0.4" }) +
      phaseMark(label, [INDENT + 10, top + 15]) +
      svgText([INDENT + 24, top + 19], `${label}, ${percent(confidence)} sure`, { bold: true, fill: "var(--ink)" }) +
      lines.map((line, i) => svgText([INDENT + 6, top + 19 + (i + 1) * LINE], line)).join(""),
    bottom: top + height,
  };
}

/** The questions that the path passed by. */
function notAsked(path: readonly Step[]): string {
  const asked = new Set(path.map(({ question }) => question));
  const others = Object.keys(QUESTIONS).filter((name) => !asked.has(name));
  if (others.length === 0 || path[0].question !== FIRST_QUESTION) return "";
  return `Not asked on this path: ${others.map((name) => name.replaceAll("-", " ")).join(", ")}.`;
}

function asks({ question }: Step): string {
  return QUESTIONS[question as QuestionName].asks;
}

function numbersOf({ question, statistic, value, threshold }: Step): string {
  const { yesWhen } = QUESTIONS[question as QuestionName];
  return `${statistic.replaceAll("_", " ")} ${numberText(value)}, yes ${yesWhen} ${threshold}`;
}

/** Without decimals, and never certain. */
function percent(probability: number): string {
  return probability > 0.995 ? "> 99 %" : `${Math.round(100 * probability)} %`;
}

function sentence(path: readonly Step[]): string {
  const steps = path.map((step) => `${asks(step)} ${numbersOf(step)}: ${step.answer}, ${percent(step.probability)}.`);
  return `${plural(path.length, "question")}. ${steps.join(" ")}`;
}
