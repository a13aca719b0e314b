import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import { numberText, plural } from "../number-text.js";
import { type PhaseLabel, STYLE } from "../phase-style.js";
import { bottomAxis, type Frame, leftAxis } from "./axis.js";
import type { Chart } from "./chart.js";
import { blockBrackets, depthDomain } from "./depth-strip.js";
import { phaseMark } from "./mark.js";
import { at, atInside, type Interval, linearScale, type Scale } from "./scale.js";
import { stripRows } from "./strip-pair.js";
import { element, picture, segment, svgText } from "./svg.js";

/** A layer of two models. */
export interface ComparedLayer {
  readonly name: string;
  readonly block: string | null;
  readonly phaseBefore: PhaseLabel;
  readonly phaseAfter: PhaseLabel;
  /** alpha, null if it is not valid. */
  readonly before: number | null;
  readonly after: number | null;
  /** The 95 % interval of the value before. */
  readonly interval: Interval | null;
  /** How far the weights moved, as a share of their norm. null: not known. */
  readonly moved: number | null;
}

export interface DumbbellOptions {
  readonly width: number;
  readonly height?: number;
  readonly selected?: number | null;
}

export const DUMBBELL_HEIGHT = 400;
const LIMITS: Interval = [1, 12];
/** Opacity of a change within the interval: it may be chance. */
const FAINT = "0.32";

/** Whether a change is more than chance: the phase changed, or alpha left its interval. Without one it counts. */
export function isTelling({ phaseBefore, phaseAfter, before, after, interval }: ComparedLayer): boolean {
  if (phaseBefore !== phaseAfter) return true;
  if (before === null || after === null) return false;
  return interval === null ? before !== after : after < interval[0] || after > interval[1];
}

/**
 * Before and after along the depth: two strips of phases, alpha as a dumbbell (open mark before, filled after; faint if
 * the change lies within the interval), and below how far the weights moved.
 */
export function dumbbellChart(
  layers: readonly ComparedLayer[],
  { width, height = DUMBBELL_HEIGHT, selected = null }: DumbbellOptions,
): Chart {
  // Of a model that did not change there is nothing to draw.
  const hasMoved = layers.some(({ moved }) => moved !== null && moved > 0);
  const bars = hasMoved ? 96 : 0;
  const frame: Frame = { left: 52, right: width - 8, top: 86, bottom: height - 44 - bars };
  const x = linearScale(depthDomain(layers.length), [frame.left, frame.right]);
  const y = alphaScale(layers, frame);
  const floor = height - 44;
  const usual = [OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE].map((end) => atInside(y, end));
  const svg = picture({ width, height }, sentence(layers), [
    element("rect", {
      x: frame.left,
      y: usual[1],
      width: frame.right - frame.left,
      height: usual[0] - usual[1],
      fill: "var(--panel)",
    }),
    leftAxis(y, frame, { title: "alpha" }),
    blockBrackets(
      layers.map(({ block }) => block),
      { x, top: 0, bottom: floor },
    ),
    stripRows(
      layers.map(({ phaseBefore, phaseAfter }) => ({ before: phaseBefore, after: phaseAfter })),
      { x, top: 24 },
    ),
    selected === null
      ? ""
      : element("path", {
          d: segment([at(x, selected + 1), 22], [at(x, selected + 1), floor]),
          stroke: "var(--accent)",
          "stroke-width": "1.5",
        }),
    ...layers.map((layer, i) => dumbbell(layer, at(x, i + 1), y)),
    hasMoved ? movedBars(layers, x, { ...frame, top: floor - 62, bottom: floor }) : "",
    bottomAxis(x, { ...frame, bottom: floor }, { title: "layer, in order of depth", whole: true }),
  ]);
  const points = layers.map((layer, i) => ({ x: i + 1, y: layer.after ?? y.domain[0], label: titleOf(layer) }));
  return { svg, scales: { x, y }, series: [{ name: "alpha", points }] };
}

function alphaScale(layers: readonly ComparedLayer[], { top, bottom }: Frame): Scale {
  const values = layers.flatMap(({ before, after }) => [before, after]).filter((value) => value !== null);
  const high = values.reduce((a, b) => Math.max(a, b), 7);
  return linearScale([LIMITS[0], Math.min(LIMITS[1], 1.04 * high)], [bottom, top]);
}

function dumbbell(layer: ComparedLayer, x: number, y: Scale): string {
  const { before, after, phaseBefore, phaseAfter } = layer;
  if (before === null || after === null) return "";
  const [from, to] = [atInside(y, before), atInside(y, after)];
  const stroke = { stroke: STYLE[phaseAfter].colour, "stroke-width": "1.8" };
  return element(
    "g",
    { opacity: isTelling(layer) ? undefined : FAINT },
    element("path", { d: segment([x, from], [x, to]), ...stroke }),
    phaseMark(phaseBefore, [x, from], { scale: 0.68, hollow: true }),
    phaseMark(phaseAfter, [x, to], { scale: 0.8 }),
  );
}

function movedBars(layers: readonly ComparedLayer[], x: Scale, { left, right, top, bottom }: Frame): string {
  const most = Math.max(1e-9, ...layers.map(({ moved }) => moved ?? 0));
  const scale = linearScale([0, Math.max(most, most > 0.5 ? 1 : most)], [bottom, top]);
  const room = at(x, 2) - at(x, 1);
  const gap = room >= 4 ? 1 : 0;
  return (
    svgText([left, top - 8], "weights moved, share of their norm") +
    svgText([left - 8, top + 4], `${numberText(100 * scale.domain[1], 2)} %`, { anchor: "end" }) +
    svgText([left - 8, bottom + 4], "0", { anchor: "end" }) +
    element("path", { d: segment([left, top], [right, top]), stroke: "var(--hair)" }) +
    layers
      .map(({ moved, phaseBefore, phaseAfter }, i) => {
        if (moved === null) return "";
        const collapsed = phaseAfter === "rank-collapse" && phaseBefore !== "rank-collapse";
        const place = atInside(scale, moved);
        return element("rect", {
          x: at(x, i + 0.5) + gap,
          y: place,
          width: room - 2 * gap,
          height: bottom - place,
          fill: collapsed ? "var(--phase-rank-collapse)" : "var(--phase-none)",
          "fill-opacity": collapsed ? undefined : "0.55",
        });
      })
      .join("")
  );
}

function titleOf({ name, phaseBefore, phaseAfter, before, after, moved }: ComparedLayer): string {
  const weights = moved === null ? "" : `, weights moved ${Math.round(100 * moved)} %`;
  return `${name}: ${phaseBefore} → ${phaseAfter}, alpha ${numberText(before)} → ${numberText(after)}${weights}`;
}

function sentence(layers: readonly ComparedLayer[]): string {
  const changed = layers.filter(({ phaseBefore, phaseAfter }) => phaseBefore !== phaseAfter).length;
  const both = layers.filter(({ before, after }) => before !== null && after !== null);
  const telling = both.filter(isTelling).length;
  return (
    `Before and after for ${plural(layers.length, "layer")}: ${changed} changed phase. alpha is valid in both for ` +
    `${both.length}, and ${telling} of these changed by more than its interval, or in phase.`
  );
}
