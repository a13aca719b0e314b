import type { DetailCurve, DetailTail } from "../analysis/layer-detail.js";
import type { LayerResult } from "../analysis/layer-result.js";
import { BINS, FULL, type SmallPicture, smallPicture } from "../analysis/small-picture.js";
import { xminCurve } from "../tails/index.js";
import { type Histogram, histogram } from "./histogram.js";

/**
 * The data of a drawn spectrum: counts in bins and the fitted laws. It has a few hundred numbers, whatever the size of
 * the layer.
 */
export interface LayerPicture {
  /** All eigenvalues of the layer, drawn or not. Densities are divided by this number. */
  readonly count: number;
  /** Eigenvalues at or below the resolved floor: zero to working precision, not drawn. */
  readonly zeros: number;
  readonly lambdaMax: number;
  /** Histogram over log10 lambda. null if no eigenvalue is above the floor. */
  readonly log: Histogram | null;
  /** Resolved eigenvalues left of the logarithmic view. */
  readonly below: number;
  readonly linear: Histogram | null;
  /** Eigenvalues right of the linear view. */
  readonly beyond: number;
  readonly bulk: {
    readonly N: number;
    readonly Q: number;
    readonly sigma2: number;
    readonly lambdaPlus: number;
    readonly lambdaMinus: number;
    /** Share of the eigenvalues in the bulk: the area under its curve. */
    readonly share: number;
  } | null;
  /** Beyond this an eigenvalue is a spike. null without a bulk. */
  readonly threshold: number | null;
  /** The largest of the eigenvalues beyond the Tracy-Widom edge, descending, and how many there are. */
  readonly spikes: readonly number[];
  readonly spikeCount: number;
  /** The power law. null if it does not describe the tail. */
  readonly tail: {
    readonly alpha: number;
    readonly xmin: number;
    readonly xmax: number;
    readonly share: number;
    /** The 95 % interval of alpha. null if it was not measured. */
    readonly interval: readonly [low: number, high: number] | null;
  } | null;
  /** The spectrum in a few pixels. Pictures of earlier versions have none: it is made of `log`. */
  readonly small?: SmallPicture;
  /** alpha against the start of the tail. null if no power law was fitted; earlier versions have none. */
  readonly starts?: TailStarts | null;
}

/** What a chart of alpha or D against the start of the tail draws. */
export interface TailStarts {
  readonly curve: DetailCurve;
  /** Eigenvalues from each start on. */
  readonly above: readonly number[];
  readonly tail: DetailTail;
  readonly resolvedFloor: number;
}

/** Starts of the curve are rounded to four digits: a value that is less by this share counts. */
const ROUNDED = 1e-4;

/** Most spikes that are drawn; more would overlap. */
const MAX_SPIKES = 60;
/**
 * The logarithmic view begins at most this factor below the 1 % quantile, so that a few tiny eigenvalues do not
 * compress the rest.
 */
const ROOM_BELOW_QUANTILE = 10;
/**
 * The linear view ends at this many times lambda_plus, or at the 95 % quantile if that is larger. It ends at the
 * largest eigenvalue if that is at most `MAX_EXTENSION` times as far.
 */
const BULK_WIDTHS = 2;
const MAX_EXTENSION = 1.5;

/** Makes the picture of a layer. null if the layer has no spectrum. */
export function layerPicture({
  spectrum,
  bulk,
  edge,
  tail,
  record,
}: Pick<LayerResult, "spectrum" | "bulk" | "edge" | "tail" | "record">): LayerPicture | null {
  if (spectrum === null || spectrum.eigenvalues.length === 0) return null;
  const { eigenvalues, resolvedFloor } = spectrum;
  const count = eigenvalues.length;
  const zeros = eigenvalues.findLastIndex((value) => value <= resolvedFloor) + 1;
  const resolved = eigenvalues.subarray(zeros);
  const lambdaMax = eigenvalues[count - 1];
  const spikes = edge === null ? [] : Array.from(resolved.filter((value) => value > edge.threshold)).reverse();

  const views =
    resolved.length === 0 ? null : { log: logView(resolved), linear: linearView(resolved, bulk?.lambdaPlus ?? null) };
  return {
    count,
    zeros,
    lambdaMax,
    log: views?.log ?? null,
    below: views === null ? 0 : resolved.length - total(views.log),
    linear: views?.linear ?? null,
    beyond: views === null ? 0 : resolved.length - total(views.linear),
    bulk: bulk === null ? null : { ...pickBulk(bulk), share: bulk.bulkSize / count },
    threshold: edge?.threshold ?? null,
    spikes: spikes.slice(0, MAX_SPIKES),
    spikeCount: spikes.length,
    tail:
      tail === null || !record.alpha_valid
        ? null
        : { ...pickTail(tail), share: tail.nTail / count, interval: intervalOf(record) },
    small: smallPicture(spectrum, null),
    starts: tail === null ? null : tailStarts(spectrum, tail, record),
  };
}

function tailStarts(
  { eigenvalues, resolvedFloor }: NonNullable<LayerResult["spectrum"]>,
  fit: NonNullable<LayerResult["tail"]>,
  { alpha_low, alpha_high, alpha_valid }: LayerResult["record"],
): TailStarts {
  const curve = xminCurve(eigenvalues, fit);
  const { alpha, xmin, xmax, nTail, ks } = fit;
  return {
    curve,
    above: curve.xmin.map(
      (start) => eigenvalues.length - eigenvalues.findIndex((value) => value >= start * (1 - ROUNDED)),
    ),
    tail: { alpha, low: alpha_low, high: alpha_high, xmin, xmax, nTail, D: ks, valid: alpha_valid },
    resolvedFloor,
  };
}

/**
 * The small picture inside a picture. A picture of an earlier version has none: its logarithmic histogram is counted
 * again in `BINS` bins, each old bin spread evenly over the new ones that it covers.
 */
export function smallPictureOf(picture: LayerPicture | SmallPicture | null): SmallPicture | null {
  if (picture === null || "histogram" in picture) return picture;
  return picture.small ?? { count: picture.count, zeros: picture.zeros, histogram: rebinned(picture), tail: null };
}

function rebinned({ log, below }: LayerPicture): SmallPicture["histogram"] {
  if (log === null) return null;
  const { start, end, counts } = log;
  const amounts = Array.from({ length: BINS }, (_, k) => {
    const [from, to] = [(k * counts.length) / BINS, ((k + 1) * counts.length) / BINS];
    return counts.reduce((sum, count, i) => sum + count * Math.max(0, Math.min(to, i + 1) - Math.max(from, i)), 0);
  });
  const peak = Math.max(...amounts);
  const bins = amounts.map((amount) => (amount === 0 ? 0 : Math.max(1, Math.round((FULL * amount) / peak))));
  return { start, end, below, peak, bins };
}

function pickTail({ alpha, xmin, xmax }: NonNullable<LayerResult["tail"]>) {
  return { alpha, xmin, xmax };
}

function intervalOf({ alpha_low, alpha_high }: LayerResult["record"]): readonly [number, number] | null {
  return typeof alpha_low === "number" && typeof alpha_high === "number" ? [alpha_low, alpha_high] : null;
}

function pickBulk({
  N,
  Q,
  sigma2,
  lambdaPlus,
  lambdaMinus,
}: NonNullable<LayerResult["bulk"]>): Omit<NonNullable<LayerPicture["bulk"]>, "share"> {
  return { N, Q, sigma2, lambdaPlus, lambdaMinus };
}

function logView(resolved: Float64Array): Histogram {
  const logs = resolved.map(Math.log10);
  return histogram(logs, ...logRange(logs));
}

/** The logarithmic view of eigenvalues above zero, from their logarithms (base 10, ascending), with a margin. */
export function logRange(logs: Float64Array): [start: number, end: number] {
  const last = logs[logs.length - 1];
  const first = Math.max(logs[0], quantile(logs, 0.01) - Math.log10(ROOM_BELOW_QUANTILE));
  // The minimum margin gives an axis to a spectrum of equal eigenvalues (an orthogonal matrix).
  const margin = Math.max(0.02 * (last - first), 0.02);
  return [first - margin, last + margin];
}

function linearView(resolved: Float64Array, lambdaPlus: number | null): Histogram {
  return histogram(resolved, ...linearRange(resolved, lambdaPlus));
}

/** The linear view of eigenvalues above zero (ascending): the bulk, and what is not too far right of it. */
export function linearRange(resolved: Float64Array, lambdaPlus: number | null): [start: number, end: number] {
  const last = resolved[resolved.length - 1];
  const preferred = Math.max(BULK_WIDTHS * (lambdaPlus ?? 0), quantile(resolved, 0.95));
  return [0, 1.02 * (last <= MAX_EXTENSION * preferred ? last : preferred)];
}

function quantile(ascending: Float64Array, p: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(p * ascending.length))];
}

function total({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
