import type { LayerResult } from "../analysis/layer-result.js";
import { type Histogram, histogram } from "./histogram.js";

/**
 * A spectrum as it is drawn: counts in bins and the fitted laws, a few hundred numbers whatever the size of the layer.
 */
export interface LayerPicture {
  /** Eigenvalues of the layer, drawn or not: densities are per eigenvalue of all of these. */
  readonly count: number;
  /** At or below the resolved floor: zero to working precision, not drawn. */
  readonly zeros: number;
  readonly lambdaMax: number;
  /** Over log10 lambda; null where no eigenvalue is above the floor. */
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
    /** Share of all eigenvalues that is in the bulk: its curve is drawn at this area. */
    readonly share: number;
  } | null;
  /** The largest of the eigenvalues beyond the Tracy-Widom edge, descending, and how many there are. */
  readonly spikes: readonly number[];
  readonly spikeCount: number;
  /** The power law, only where it describes the tail. */
  readonly tail: { readonly alpha: number; readonly xmin: number; readonly xmax: number; readonly share: number } | null;
}

/** Spikes that are drawn one by one; more would run into each other. */
const MOST_SPIKES = 60;
/**
 * The logarithmic view begins this factor below the 1 % quantile: a few tiny eigenvalues must not squeeze the rest into
 * a corner.
 */
const BELOW_QUANTILE = 10;
/**
 * The linear view ends at this many times lambda_plus (or at the 95 % quantile), unless that leaves out little of the
 * axis.
 */
const BULK_WIDTHS = 2;
const NEARLY_ALL = 1.5;

/** Makes the picture of a layer; null where it has no spectrum. */
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

  const views = resolved.length === 0 ? null : { log: logView(resolved), linear: linearView(resolved, bulk?.lambdaPlus ?? null) };
  return {
    count,
    zeros,
    lambdaMax,
    log: views?.log ?? null,
    below: views === null ? 0 : resolved.length - total(views.log),
    linear: views?.linear ?? null,
    beyond: views === null ? 0 : resolved.length - total(views.linear),
    bulk: bulk === null ? null : { ...pickBulk(bulk), share: bulk.bulkSize / count },
    spikes: spikes.slice(0, MOST_SPIKES),
    spikeCount: spikes.length,
    tail: tail === null || !record.alpha_valid ? null : { alpha: tail.alpha, xmin: tail.xmin, xmax: tail.xmax, share: tail.nTail / count },
  };
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
  const last = logs[logs.length - 1];
  const first = Math.max(logs[0], quantile(logs, 0.01) - Math.log10(BELOW_QUANTILE));
  // A spectrum of equal eigenvalues (an orthogonal matrix) still gets an axis.
  const margin = Math.max(0.02 * (last - first), 0.02);
  return histogram(logs, first - margin, last + margin);
}

function linearView(resolved: Float64Array, lambdaPlus: number | null): Histogram {
  const last = resolved[resolved.length - 1];
  const wish = Math.max(BULK_WIDTHS * (lambdaPlus ?? 0), quantile(resolved, 0.95));
  return histogram(resolved, 0, 1.02 * (last <= NEARLY_ALL * wish ? last : wish));
}

function quantile(ascending: Float64Array, p: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(p * ascending.length))];
}

function total({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
