import type { LayerDetail } from "../../../analysis/layer-detail.js";
import { binEdges, type Histogram, histogram } from "../../histogram.js";
import type { LayerPicture } from "../../picture.js";
import { linearRange, logRange } from "../../picture.js";
import type { Interval } from "../scale.js";
import { type ChosenTail, chosenTail } from "./chosen-tail.js";

/** Axes of a density: share per decade against log lambda, density against lambda, and both logarithmic. */
export type DensityAxes = "log" | "linear" | "loglog";

/** A bin as it is drawn. */
export interface Bar {
  /** Its edges, as eigenvalues. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Height: share of all eigenvalues per decade (axes "log"), or per unit of lambda. */
  readonly density: number;
}

/** All that a density chart draws, made from a layer's eigenvalues or from the picture that a page keeps. */
export interface DensityData {
  readonly axes: DensityAxes;
  readonly count: number;
  readonly zeros: number;
  readonly lambdaMax: number;
  /** The visible eigenvalues. */
  readonly view: Interval;
  readonly bars: readonly Bar[];
  /** Resolved eigenvalues left and right of the view. */
  readonly below: number;
  readonly beyond: number;
  readonly bulk: LayerDetail["bulk"];
  /** The threshold of spikes, and where the largest eigenvalue of a random matrix lies (1 % to 99 %) if it is known. */
  readonly edge: { readonly threshold: number; readonly band: Interval | null } | null;
  /** Eigenvalues beyond the edge: how many, and those that get a tick. */
  readonly spikeCount: number;
  readonly spikes: readonly number[];
  readonly tail: ChosenTail | null;
  /** The shuffled weights' spectrum in the same unit. */
  readonly shuffled: readonly Bar[];
}

/** Most ticks of spikes: more would be a solid block. */
const MAX_SPIKE_TICKS = 400;

export interface DetailOptions {
  readonly axes: DensityAxes;
  /** Default: all eigenvalues, or of the linear axis the bulk. */
  readonly view?: Interval | undefined;
  readonly xmin?: number | undefined;
  /** Eigenvalues of the same weights in random order, ascending. */
  readonly shuffled?: ArrayLike<number> | null | undefined;
}

/** The data of a layer. null if no eigenvalue is above the rounding floor. O(n). */
export function densityOfDetail(
  detail: LayerDetail,
  { axes, view: wanted, xmin, shuffled = null }: DetailOptions,
): DensityData | null {
  const { eigenvalues, zeros, count, bulk, edge, spikes } = detail;
  const resolved = eigenvalues.subarray(zeros);
  if (resolved.length === 0) return null;
  const view = wanted ?? usualView(resolved, axes, bulk?.lambdaPlus ?? null);
  const bars = barsOf(resolved, { axes, view, count });
  return {
    axes,
    count,
    zeros,
    lambdaMax: eigenvalues[count - 1],
    view,
    bars,
    below: firstFrom(resolved, view[0]),
    beyond: resolved.length - firstBeyond(resolved, view[1]),
    bulk,
    edge: edge === null ? null : { threshold: edge.threshold, band: [edge.low, edge.high] },
    spikeCount: spikes,
    spikes: Array.from(resolved.subarray(resolved.length - Math.min(spikes, MAX_SPIKE_TICKS, resolved.length))),
    tail: chosenTail(detail, xmin),
    shuffled:
      shuffled === null
        ? []
        : barsOf(Float64Array.from(shuffled), { axes, view, count: shuffled.length, bins: bars.length }),
  };
}

/** The data of a picture: its bins are those that were counted when the layer was measured. null without bins. */
export function densityOfPicture(picture: LayerPicture, axes: DensityAxes): DensityData | null {
  const { count, zeros, lambdaMax, below, beyond, bulk, threshold, spikes, spikeCount, tail } = picture;
  const bins = axes === "linear" ? picture.linear : picture.log;
  if (bins === null) return null;
  const toLambda = (edge: number): number => (axes === "linear" ? edge : 10 ** edge);
  return {
    axes,
    count,
    zeros,
    lambdaMax,
    view: [toLambda(bins.start), toLambda(bins.end)],
    bars: heights(bins, { axes, count }),
    below: axes === "linear" ? 0 : below,
    beyond: axes === "linear" ? beyond : 0,
    bulk,
    edge: threshold === null ? null : { threshold, band: null },
    spikeCount,
    spikes,
    tail,
    shuffled: [],
  };
}

function usualView(resolved: Float64Array, axes: DensityAxes, lambdaPlus: number | null): Interval {
  if (axes === "linear") return linearRange(resolved, lambdaPlus);
  const [start, end] = logRange(resolved.map(Math.log10));
  return [10 ** start, 10 ** end];
}

interface BarOptions {
  readonly axes: DensityAxes;
  readonly view: Interval;
  /** All eigenvalues of the layer: what a share is a share of. */
  readonly count: number;
  readonly bins?: number;
}

function barsOf(values: Float64Array, { axes, view: [from, to], count, bins }: BarOptions): Bar[] {
  if (axes === "linear") return heights(histogram(values, from, to, bins), { axes, count });
  // A value at an end of the view must not fall out of it by the rounding of its logarithm.
  const inView = values.filter((value) => value >= from && value <= to).map(Math.log10);
  const [start, end] = [Math.log10(from), Math.log10(to)];
  const logs = inView.map((log) => Math.min(end, Math.max(start, log)));
  return heights(histogram(logs, start, end, bins), { axes, count });
}

/** Bins with their heights. The areas of all bars sum to the share of the eigenvalues that are in view. */
function heights(bins: Histogram, { axes, count }: Pick<BarOptions, "axes" | "count">): Bar[] {
  const edges = binEdges(bins);
  return bins.counts.map((inBin, i) => {
    const [start, end] = [edges[i], edges[i + 1]];
    const [from, to] = axes === "linear" ? [start, end] : [10 ** start, 10 ** end];
    return { from, to, count: inBin, density: inBin / count / (axes === "log" ? end - start : to - from) };
  });
}

function firstFrom(ascending: Float64Array, least: number): number {
  const first = ascending.findIndex((value) => value >= least);
  return first === -1 ? ascending.length : first;
}

function firstBeyond(ascending: Float64Array, most: number): number {
  const first = ascending.findIndex((value) => value > most);
  return first === -1 ? ascending.length : first;
}
