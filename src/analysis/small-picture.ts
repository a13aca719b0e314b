import type { Spectrum } from "../spectra/index.js";
import { type PowerLawFit, type XminCurve, xminCurve } from "../tails/index.js";

/**
 * The small picture of a layer, which travels with its event: about 150 bytes of histogram, and about 500 of the tail.
 * Plain JSON. `report/` has a larger one (`LayerPicture`) for the charts of a page.
 */
export interface SmallPicture {
  /** All eigenvalues of the layer: `zeros`, `below` and those in the bins. */
  readonly count: number;
  /** Eigenvalues at or below the resolved floor: zero to working precision, and in no bin. */
  readonly zeros: number;
  /** null if no eigenvalue is above the floor. */
  readonly histogram: SmallHistogram | null;
  /** alpha and D against xmin. null if no power law was fitted. */
  readonly tail: XminCurve | null;
}

/** A histogram over log10 lambda in `BINS` equal bins from `start` to `end`. */
export interface SmallHistogram {
  /** Bin k is [start + k w, start + (k + 1) w) with w = (end - start)/`BINS`; the last one includes `end`. */
  readonly start: number;
  readonly end: number;
  /** Eigenvalues above the resolved floor and left of `start`. They are in no bin. */
  readonly below: number;
  /** Eigenvalues in the fullest bin. */
  readonly peak: number;
  /**
   * Counts on a scale from 0 to `FULL`, which stands for `peak`, rounded. A bin that is not empty has at least 1.
   */
  readonly bins: readonly number[];
}

/** Bins of the histogram: 12 and 18, for smaller pictures, divide it. */
export const BINS = 36;
/** What the fullest bin has. Two digits keep the text short and are finer than a pixel of a small picture. */
export const FULL = 99;
/**
 * The histogram begins at most this many decades below the 1 % quantile, so that a few tiny eigenvalues do not compress
 * the rest. The charts of a page do the same.
 */
const DECADES_BELOW_QUANTILE = 1;
/** `start` and `end` are multiples of this many decades, rounded outwards: few digits, and some margin. */
const UNITS_PER_DECADE = 100;

/** The small picture of a spectrum and of its power law. Pure; O(n) in the number of eigenvalues. */
export function smallPicture({ eigenvalues, resolvedFloor }: Spectrum, tail: PowerLawFit | null): SmallPicture {
  const zeros = eigenvalues.findLastIndex((value) => value <= resolvedFloor) + 1;
  return {
    count: eigenvalues.length,
    zeros,
    histogram: zeros === eigenvalues.length ? null : histogramOf(eigenvalues.subarray(zeros)),
    tail: tail === null ? null : xminCurve(eigenvalues, tail),
  };
}

/** The histogram of positive values, ascending. */
function histogramOf(values: Float64Array): SmallHistogram {
  const logs = values.map(Math.log10);
  const first = Math.max(logs[0], logs[Math.floor(0.01 * logs.length)] - DECADES_BELOW_QUANTILE);
  const { start, end } = rangeAround(first, logs[logs.length - 1]);
  const counts = new Array<number>(BINS).fill(0);
  let below = 0;
  for (const log of logs) {
    if (log < start) below++;
    else counts[Math.min(BINS - 1, Math.floor(((log - start) / (end - start)) * BINS))]++;
  }
  const peak = Math.max(...counts);
  const bins = counts.map((count) => (count === 0 ? 0 : Math.max(1, Math.round((FULL * count) / peak))));
  return { start, end, below, peak, bins };
}

/** The range from `first` to `last`, rounded outwards; never empty. */
function rangeAround(first: number, last: number): { readonly start: number; readonly end: number } {
  let from = Math.floor(first * UNITS_PER_DECADE);
  let to = Math.ceil(last * UNITS_PER_DECADE);
  // The product may round across a whole number.
  if (from / UNITS_PER_DECADE > first) from--;
  if (to / UNITS_PER_DECADE < last) to++;
  if (to === from) to++;
  // JSON has no -0.
  return { start: (from + 0) / UNITS_PER_DECADE, end: (to + 0) / UNITS_PER_DECADE };
}
