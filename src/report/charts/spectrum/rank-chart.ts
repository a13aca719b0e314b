import type { LayerDetail } from "../../../analysis/layer-detail.js";
import { marchenkoPasturQuantiles } from "../../../rmt/index.js";
import { numberText, plural } from "../../number-text.js";
import { bottomAxis, type Frame, leftAxis } from "../axis.js";
import type { Chart } from "../chart.js";
import { drawLabels, type Label, type LabelPlace, LINE_HEIGHT, placeLabels } from "../label-boxes.js";
import { at, type Interval, logScale, type Scale } from "../scale.js";
import { clipped, element, linePath, type PictureSize, type Pixel, picture } from "../svg.js";
import { type ChosenTail, chosenTail } from "./chosen-tail.js";
import { tinted } from "./density-labels.js";
import { spectrumSentence } from "./spectrum-sentence.js";

export interface RankChartOptions extends PictureSize {
  readonly axes: "rank" | "ccdf";
  readonly show: { readonly bulk: boolean; readonly tail: boolean };
  readonly labels: boolean;
  readonly view?: { readonly x: Interval; readonly y?: Interval } | undefined;
  readonly xmin?: number | undefined;
  readonly shuffled: ArrayLike<number> | null;
}

/** An eigenvalue and its rank, 1 for the largest. */
interface Ranked {
  readonly lambda: number;
  readonly rank: number;
}

const TITLES = {
  rank: { x: "rank, 1 is the largest", y: "eigenvalue λ of W′W", sentence: "Eigenvalue against its rank." },
  ccdf: {
    x: "eigenvalue λ of W′W",
    y: "share of the eigenvalues at least as large",
    sentence: "Share of the eigenvalues at least as large against λ.",
  },
} as const;

/** Points of a drawn law. */
const CURVE_POINTS = 96;
/** Two dots closer than this many pixels are drawn as one. */
const MIN_DOT_DISTANCE = 0.7;

/**
 * All eigenvalues by rank on logarithmic axes, where a power law is a straight line: of slope 1 - alpha for "ccdf", and
 * -1/(alpha - 1) for "rank". Zero eigenvalues have no place on such an axis and are not drawn; shares count them.
 */
export function rankChart(detail: LayerDetail, options: RankChartOptions): Chart {
  const { axes, width, height, show, view, labels } = options;
  const { count, zeros, eigenvalues } = detail;
  const frame: Frame = { left: 64, right: width - 14, top: 28, bottom: height - 44 };
  const place = placeOf(axes, count);
  const ranked = rankedOf(eigenvalues.subarray(zeros));
  const { x, y } = scalesOf(ranked.map(place), frame, view);
  const toPixel = (point: Ranked): Pixel => [at(x, place(point)[0]), at(y, place(point)[1])];
  const tail = show.tail ? chosenTail(detail, options.xmin) : null;
  const bulk = show.bulk ? bulkLine(detail) : [];
  const tailLine = tail === null ? [] : powerLawLine(tail, count);
  const threshold = detail.edge?.threshold ?? Number.POSITIVE_INFINITY;
  const dots = thinned(ranked.map((point) => ({ point, pixel: toPixel(point) })));
  const shuffled =
    options.shuffled === null ? [] : rankedOf(Float64Array.from(options.shuffled).filter((value) => value > 0));
  const placed = labels
    ? placeLabels(rankLabels(detail, { frame, tail, bulk: bulk.length > 0, shuffled: shuffled.length > 0 }), {
        inside: frame,
        drawn: dots.map(({ pixel: [left, top] }) => ({
          left: left - 3,
          right: left + 3,
          top: top - 3,
          bottom: top + 3,
        })),
      })
    : [];
  const spoken = { ...detail, lambdaMax: eigenvalues[count - 1], spikeCount: detail.spikes, tail };
  const svg = picture({ width, height }, `${TITLES[axes].sentence} ${spectrumSentence(spoken)}`, [
    leftAxis(y, frame, { title: TITLES[axes].y, titleY: 14 }),
    clipped(
      frame,
      line(bulk.map(toPixel), { stroke: "var(--ink)", "stroke-width": "2" }),
      line(shuffled.map(toPixel), { stroke: "var(--quiet)", "stroke-dasharray": "3 2" }),
      ...dots.map(({ point, pixel }) => dot(pixel, point.lambda > threshold)),
      line(tailLine.map(toPixel), {
        stroke: "var(--phase-heavy-tailed)",
        "stroke-width": "2.4",
        "stroke-dasharray": "7 4",
      }),
    ),
    bottomAxis(x, frame, { title: TITLES[axes].x, whole: axes === "rank" }),
    drawLabels(placed),
  ]);
  return {
    svg,
    scales: { x, y },
    series: [{ name: "eigenvalues", points: dots.map(({ point }) => seriesPoint(point, place, count)) }],
  };
}

/** An eigenvalue in the numbers of the axes. */
function placeOf(axes: "rank" | "ccdf", count: number): (point: Ranked) => readonly [number, number] {
  return axes === "rank" ? ({ lambda, rank }) => [rank, lambda] : ({ lambda, rank }) => [lambda, rank / count];
}

/** From the largest to the smallest. */
function rankedOf(ascending: Float64Array): Ranked[] {
  return Array.from(ascending, (lambda, i) => ({ lambda, rank: ascending.length - i })).reverse();
}

function scalesOf(
  places: readonly (readonly [number, number])[],
  frame: Frame,
  view: RankChartOptions["view"],
): { x: Scale; y: Scale } {
  // A margin on both sides, also for an axis on which all values are equal.
  const around = (values: readonly number[]): Interval => [
    values.reduce((a, b) => Math.min(a, b)) / 1.15,
    values.reduce((a, b) => Math.max(a, b)) * 1.15,
  ];
  return {
    x: logScale(view?.x ?? around(places.map(([x]) => x)), [frame.left, frame.right]),
    y: logScale(view?.y ?? around(places.map(([, y]) => y)), [frame.bottom, frame.top]),
  };
}

/** The eigenvalues of a perfect bulk with their ranks, below those that the bulk leaves out at the top. */
function bulkLine({ bulk, count, zeros }: LayerDetail): Ranked[] {
  if (bulk === null) return [];
  const { N, Q, sigma2, share } = bulk;
  const size = share * count;
  const above = Math.max(0, count - zeros - size);
  const quantiles = marchenkoPasturQuantiles(CURVE_POINTS, Q);
  return Array.from(quantiles, (quantile, i) => ({
    lambda: N * sigma2 * quantile,
    rank: above + size * (1 - (i + 0.5) / CURVE_POINTS),
  })).filter(({ lambda, rank }) => lambda > 0 && rank > 0);
}

/** P(lambda' >= lambda) = share (lambda/xmin)^(1 - alpha) [CSN09] eq. 2.6, as a straight line of two points. */
function powerLawLine({ alpha, xmin, xmax, share }: ChosenTail, count: number): Ranked[] {
  return [xmin, xmax].map((lambda) => ({ lambda, rank: share * count * (lambda / xmin) ** (1 - alpha) }));
}

function line(points: readonly Pixel[], style: Record<string, string>): string {
  return points.length < 2 ? "" : element("path", { d: linePath(points), fill: "none", ...style });
}

function dot([cx, cy]: Pixel, isSpike: boolean): string {
  const fill = isSpike ? "var(--phase-bulk-spikes)" : "var(--phase-random-like)";
  return element("circle", { cx, cy, r: 2.3, fill, "fill-opacity": "0.8" });
}

/** Leaves out dots that would lie on the one before, so that a chart of any layer has at most a few thousand. */
function thinned<T extends { readonly pixel: Pixel }>(dots: readonly T[]): T[] {
  const kept: T[] = [];
  for (const found of dots) {
    const last = kept.at(-1)?.pixel;
    const far = last === undefined || Math.hypot(found.pixel[0] - last[0], found.pixel[1] - last[1]) > MIN_DOT_DISTANCE;
    if (far) kept.push(found);
  }
  return kept;
}

function seriesPoint(point: Ranked, place: (point: Ranked) => readonly [number, number], count: number) {
  const [x, y] = place(point);
  return { x, y, label: `eigenvalue ${point.rank} of ${count}: λ ${numberText(point.lambda)}` };
}

function rankLabels(
  detail: LayerDetail,
  { frame, tail, bulk, shuffled }: { frame: Frame; tail: ChosenTail | null; bulk: boolean; shuffled: boolean },
): Label[] {
  const { spikes, zeros } = detail;
  const rows = Math.max(1, Math.floor((frame.bottom - frame.top - 20) / LINE_HEIGHT));
  const places = Array.from({ length: rows }, (_, i) => frame.top + 14 + i * LINE_HEIGHT).flatMap((y): LabelPlace[] => [
    { at: [frame.right - 8, y], anchor: "end" },
    { at: [frame.left + 8, y], anchor: "start" },
  ]);
  const named = (text: string, token?: string): Label => ({
    lines: [{ text, bold: true, ...(token && { fill: tinted(token) }) }],
    places,
  });
  return [
    ...(tail === null ? [] : [named(`power law, alpha ${numberText(tail.alpha)}`, "phase-heavy-tailed")]),
    ...(spikes === 0 ? [] : [named(plural(spikes, "spike"), "phase-bulk-spikes")]),
    ...(bulk ? [named("line: random bulk (Marchenko–Pastur)")] : []),
    ...(shuffled ? [named("dashed: same weights, shuffled")] : []),
    ...(zeros === 0 ? [] : [named(`${plural(zeros, "zero eigenvalue")} not drawn`, "phase-rank-collapse")]),
  ];
}
