import { numberText, plural } from "../../number-text.js";
import type { Frame } from "../axis.js";
import { type Label, type LabelPlace, LINE_HEIGHT, type PlacedLabel, placeLabels } from "../label-boxes.js";
import { at, isInside, type Scale } from "../scale.js";
import type { CurvePoint } from "./density-curves.js";
import type { DensityData } from "./density-data.js";

/** Ink with a part of a phase's colour: text is never in the raw colour. */
export function tinted(token: string): string {
  return `color-mix(in srgb, var(--${token}) 60%, var(--ink))`;
}

/** Distance of a label from what it names. */
const GAP = 8;
/** In a narrower plot the second lines are left out. */
const MIN_WIDTH_FOR_TWO_LINES = 420;

export interface LabelledChart {
  readonly frame: Frame;
  readonly x: Scale;
  readonly y: Scale;
  /** Rectangles of the bars, which labels cover only if there is no other place. */
  readonly drawn: readonly Frame[];
  readonly tail: readonly CurvePoint[];
  readonly showBulk: boolean;
  readonly hasShuffled: boolean;
}

/**
 * The direct labels of a density chart: bulk, edge, power law, spikes, and what lies outside the view. They never
 * overlap each other. If there is no room for all, the later ones are left out.
 */
export function densityLabels(data: DensityData, chart: LabelledChart): PlacedLabel[] {
  const { frame } = chart;
  const short = frame.right - frame.left < MIN_WIDTH_FOR_TWO_LINES;
  const labels = [
    ...(chart.showBulk ? [bulkLabel(data, chart), edgeLabel(data, chart)] : []),
    tailLabel(data, chart),
    spikeLabel(data, chart),
    outsideLabel(data, chart),
    belowLabel(data, chart),
    chart.hasShuffled ? label(["same weights, shuffled"], rightSlots(chart)) : null,
  ].filter((found) => found !== null);
  const lines = ({ lines, ...rest }: Label): Label => ({ ...rest, lines: short ? lines.slice(0, 1) : lines });
  return placeLabels(labels.map(lines), { inside: { ...frame, top: frame.top - 2 }, drawn: chart.drawn });
}

function label([title, ...more]: readonly string[], places: readonly LabelPlace[], token?: string): Label {
  return {
    lines: [{ text: title, bold: true, ...(token && { fill: tinted(token) }) }, ...more.map((text) => ({ text }))],
    places,
  };
}

/** Base lines from the top of the plot downwards. */
function slots({ top, bottom }: Frame): number[] {
  const first = top + 12;
  const count = Math.max(1, Math.floor((bottom - 24 - first) / LINE_HEIGHT));
  return Array.from({ length: count }, (_, i) => first + i * LINE_HEIGHT);
}

/** Down the right end of the plot, then down the left end. */
function rightSlots({ frame }: LabelledChart): LabelPlace[] {
  return [
    ...slots(frame).map((y): LabelPlace => ({ at: [frame.right - GAP, y], anchor: "end" })),
    ...slots(frame).map((y): LabelPlace => ({ at: [frame.left + GAP, y], anchor: "start" })),
  ];
}

/** On the right of a vertical line, then on its left, each from the top downwards. */
function besideLine(x: number, frame: Frame): LabelPlace[] {
  return slots(frame).flatMap((y): LabelPlace[] => [
    { at: [x + GAP, y], anchor: "start" },
    { at: [x - GAP, y], anchor: "end" },
  ]);
}

function bulkLabel({ bulk, count, view }: DensityData, chart: LabelledChart): Label | null {
  if (bulk === null || bulk.lambdaPlus < view[0] || bulk.lambdaMinus > view[1]) return null;
  const { frame } = chart;
  const share = `${Math.round(100 * bulk.share)} % of the ${plural(count, "eigenvalue")}`;
  return label(
    ["random bulk (Marchenko–Pastur)", share],
    slots(frame).flatMap((y): LabelPlace[] => [
      { at: [frame.left + GAP, y], anchor: "start" },
      { at: [frame.right - GAP, y], anchor: "end" },
    ]),
  );
}

function edgeLabel({ bulk, edge }: DensityData, { frame, x }: LabelledChart): Label | null {
  if (bulk === null || !isInside(x, bulk.lambdaPlus)) return null;
  const band = edge?.band ? ["band: as far as chance reaches (98 %)"] : [];
  const right = edge?.band && isInside(x, edge.band[1]) ? at(x, edge.band[1]) : at(x, bulk.lambdaPlus);
  return label([`edge of the random bulk, λ+ ${numberText(bulk.lambdaPlus)}`, ...band], besideLine(right, frame));
}

function tailLabel({ tail }: DensityData, { frame, tail: curve, x, y }: LabelledChart): Label | null {
  if (tail === null) return null;
  const visible = curve.filter((point) => isInside(x, point.x) && isInside(y, point.y));
  if (visible.length === 0) return null;
  const interval = tail.interval
    ? `95 % interval ${numberText(tail.interval[0])} to ${numberText(tail.interval[1])}`
    : `from ${numberText(tail.xmin)} up`;
  // Above the curve, from its beginning on.
  const along = [0.08, 0.25, 0.45, 0.65].map((part) => visible[Math.floor(part * (visible.length - 1))]);
  const places = along.flatMap((point): LabelPlace[] => {
    const [left, base] = [at(x, point.x) + 2 * GAP, at(y, point.y) - LINE_HEIGHT - GAP];
    return [base, base - 2 * LINE_HEIGHT, base + 2 * LINE_HEIGHT].map((at) => ({ at: [left, at], anchor: "start" }));
  });
  const others = slots(frame).map((y): LabelPlace => ({ at: [frame.right - GAP, y], anchor: "end" }));
  return label([`power law, alpha ${numberText(tail.alpha)}`, interval], [...places, ...others], "phase-heavy-tailed");
}

function spikeLabel({ spikeCount, lambdaMax, spikes }: DensityData, { frame, x }: LabelledChart): Label | null {
  const visible = spikes.filter((spike) => isInside(x, spike));
  if (spikeCount === 0 || visible.length === 0) return null;
  const words = `${plural(spikeCount, "spike")}${spikeCount === 1 ? " at" : ", largest"} ${numberText(lambdaMax)}`;
  const right = Math.min(frame.right - GAP, at(x, Math.max(...visible)) + GAP);
  const lines = slots(frame).reverse();
  const places = lines.flatMap((y): LabelPlace[] => [
    { at: [right, y], anchor: "end" },
    { at: [frame.right - GAP, y], anchor: "end" },
    { at: [frame.left + GAP, y], anchor: "start" },
  ]);
  return label([words], places, "phase-bulk-spikes");
}

function outsideLabel({ beyond, lambdaMax, view }: DensityData, chart: LabelledChart): Label | null {
  if (beyond === 0 || lambdaMax <= view[1]) return null;
  const words = `${plural(beyond, "more", "more")} to the right, up to ${numberText(lambdaMax)} →`;
  return label(
    [words],
    slots(chart.frame)
      .reverse()
      .map((y): LabelPlace => ({ at: [chart.frame.right - GAP, y], anchor: "end" })),
  );
}

function belowLabel({ below }: DensityData, chart: LabelledChart): Label | null {
  if (below === 0) return null;
  return label(
    [`← ${plural(below, "smaller one")}`],
    slots(chart.frame)
      .reverse()
      .map((y): LabelPlace => ({ at: [chart.frame.left + GAP, y], anchor: "start" })),
  );
}
