import type { SmallHistogram, SmallPicture } from "../../analysis/small-picture.js";
import { type PhaseLabel, STYLE } from "../phase-style.js";
import type { Interval } from "./scale.js";
import { decoration, element, type Pixel, segment, stepPath } from "./svg.js";

/** Fewer eigenvalues get wider bins: 36 bins of 80 eigenvalues are a comb. */
const MIN_COUNT_FOR_18_BINS = 90;
const MIN_COUNT_FOR_36_BINS = 220;
/** Zeros below this share of the eigenvalues get no bar: a bar has a fixed width and would exaggerate them. */
const MIN_ZERO_SHARE = 0.01;

/** Where a histogram begins and ends, in decades from its median. */
export type DecadesFromMedian = Interval;

export interface SmallSpectrumOptions {
  readonly width: number;
  readonly height: number;
  readonly phase: PhaseLabel;
  /** One axis for several layers, from `commonDecades`. null: its own. */
  readonly axis?: DecadesFromMedian | null;
  /** The bulk's upper edge, as an eigenvalue: a dashed line. */
  readonly lambdaPlus?: number | null;
  /** Only the outline. */
  readonly outline?: boolean;
  /** Of the picture, so that `<use>` can show it in another place. */
  readonly id?: string;
}

/**
 * A spectrum the size of a word: counts (square root of the height, so that single eigenvalues are seen) against log
 * lambda, in the colour of its phase. A red bar at the left: zeros. The words beside it say what it shows.
 */
export function smallSpectrum(small: SmallPicture, options: SmallSpectrumOptions): string {
  const { width, height, phase, axis = null, lambdaPlus = null, outline = false, id } = options;
  const { histogram, count, zeros } = small;
  const base = element("path", { d: segment([0, height - 0.5], [width, height - 0.5]), stroke: "var(--line)" });
  const zeroBar =
    zeros > MIN_ZERO_SHARE * count
      ? element("path", {
          d: segment([1.5, height], [1.5, 3]),
          stroke: "var(--phase-rank-collapse)",
          "stroke-width": "3",
        })
      : "";
  if (histogram === null) return decoration({ width, height, id }, [base, zeroBar]);
  const median = medianOf(histogram);
  const [from, to] = axis ?? [histogram.start - median, histogram.end - median];
  const place = (log: number): number => ((log - median - from) / (to - from)) * width;
  const { colour, isPhase } = STYLE[phase];
  const edge = lambdaPlus === null || !(lambdaPlus > 0) ? -1 : place(Math.log10(lambdaPlus));
  return decoration({ width, height, id }, [
    base,
    edge > 0 && edge < width
      ? element("path", {
          d: segment([edge, 2], [edge, height]),
          stroke: "var(--quiet)",
          "stroke-dasharray": "2 2",
          "stroke-opacity": "0.75",
        })
      : "",
    element("path", {
      d: `${stepPath(steps(histogram, count, { place, width, height }))}Z`,
      fill: outline || !isPhase ? "none" : colour,
      "fill-opacity": "0.3",
      stroke: colour,
      "stroke-width": "1.2",
      "stroke-linejoin": "round",
    }),
    zeroBar,
  ]);
}

interface Plot {
  readonly place: (log: number) => number;
  readonly width: number;
  readonly height: number;
}

/** The outline of the histogram, cut at the sides of the picture. */
function steps(histogram: SmallHistogram, count: number, { place, width, height }: Plot): Pixel[] {
  const bins = merged(histogram.bins, binsFor(count));
  const top = Math.max(...bins);
  const floor = height - 1;
  const binWidth = (histogram.end - histogram.start) / bins.length;
  const points: Pixel[] = [];
  bins.forEach((inBin, i) => {
    const left = place(histogram.start + i * binWidth);
    const right = place(histogram.start + (i + 1) * binWidth);
    if (right < 0 || left > width) return;
    const y = inBin === 0 ? floor : floor - Math.sqrt(inBin / top) * (height - 4);
    const [from, to] = [Math.max(0, left), Math.min(width, right)];
    if (points.length === 0) points.push([from, floor]);
    points.push([from, y], [to, y]);
  });
  if (points.length > 0) points.push([points[points.length - 1][0], floor]);
  return points;
}

/** 12, 18 or 36 bins, as there are eigenvalues to fill them. */
export function binsFor(count: number): 12 | 18 | 36 {
  return count < MIN_COUNT_FOR_18_BINS ? 12 : count < MIN_COUNT_FOR_36_BINS ? 18 : 36;
}

/** Sums neighbouring bins. */
export function merged(bins: readonly number[], wanted: number): number[] {
  const each = bins.length / wanted;
  return Array.from({ length: wanted }, (_, i) => bins.slice(i * each, (i + 1) * each).reduce((a, b) => a + b, 0));
}

/** The median of log10 lambda, from the bins. */
function medianOf({ start, end, bins }: SmallHistogram): number {
  const half = bins.reduce((a, b) => a + b, 0) / 2;
  let sum = 0;
  for (let i = 0; i < bins.length; i++) {
    if (sum + bins[i] >= half && bins[i] > 0)
      return start + ((end - start) * (i + (half - sum) / bins[i])) / bins.length;
    sum += bins[i];
  }
  return (start + end) / 2;
}

/** Shares of the layers that a common axis may cut at its left and right end. */
const [MAX_CUT_LEFT, MAX_CUT_RIGHT] = [0.17, 0.05];
/** A common axis reaches at most so many times as far as that of the layer in the middle. */
const MAX_STRETCH = 3;

/**
 * One axis for many layers: from most of their starts to most of their ends. One layer of a few that lost its rank,
 * whose eigenvalues lie 15 decades apart, does not make lines of all others. null if no layer has a histogram.
 */
export function commonDecades(pictures: readonly (SmallPicture | null)[]): DecadesFromMedian | null {
  const ranges = pictures.flatMap((found): Interval[] => {
    const histogram = found?.histogram ?? null;
    if (histogram === null) return [];
    const median = medianOf(histogram);
    return [[histogram.start - median, histogram.end - median]];
  });
  if (ranges.length === 0) return null;
  const starts = ranges.map(([start]) => start).sort((a, b) => a - b);
  const ends = ranges.map(([, end]) => end).sort((a, b) => b - a);
  const middle = Math.floor(ranges.length / 2);
  return [
    Math.max(starts[Math.floor(MAX_CUT_LEFT * starts.length)], MAX_STRETCH * starts[middle]),
    Math.min(ends[Math.floor(MAX_CUT_RIGHT * ends.length)], MAX_STRETCH * ends[middle]),
  ];
}

/** The place of a spectrum that is not computed yet. It has the size of the spectrum, so that nothing moves. */
export function pendingSpectrum({ width, height }: { readonly width: number; readonly height: number }): string {
  return decoration({ width, height }, [
    element("rect", {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 4,
      fill: "none",
      stroke: "var(--line)",
      "stroke-dasharray": "3 3",
    }),
  ]);
}

export interface SpectrumPair {
  readonly before: SmallPicture;
  readonly after: SmallPicture;
  readonly phaseBefore: PhaseLabel;
  readonly phaseAfter: PhaseLabel;
}

/** Two spectra of a layer on one axis, in decades: filled is before, the line is after. */
export function smallSpectrumPair(
  { before, after, phaseBefore, phaseAfter }: SpectrumPair,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const histograms = [before.histogram, after.histogram].filter((found) => found !== null);
  const start = Math.min(...histograms.map((found) => found.start));
  const end = Math.max(...histograms.map((found) => found.end));
  const place = (log: number): number => ((log - start) / (end - start)) * width;
  const path = ({ histogram, count }: SmallPicture): string =>
    histogram === null ? "" : stepPath(steps(histogram, count, { place, width, height }));
  const zeros = (small: SmallPicture, x: number): string =>
    small.zeros > MIN_ZERO_SHARE * small.count
      ? element("path", { d: segment([x, height], [x, 3]), stroke: "var(--phase-rank-collapse)", "stroke-width": "3" })
      : "";
  return decoration({ width, height }, [
    element("path", { d: `${path(before)}Z`, fill: STYLE[phaseBefore].colour, "fill-opacity": "0.28" }),
    element("path", { d: path(after), fill: "none", stroke: STYLE[phaseAfter].colour, "stroke-width": "1.6" }),
    zeros(after, 1.5),
    element("path", { d: segment([0, height - 0.5], [width, height - 0.5]), stroke: "var(--line)" }),
  ]);
}
