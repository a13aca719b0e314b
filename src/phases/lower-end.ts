import { marchenkoPasturQuantiles } from "../rmt/index.js";
import type { LiveSpectrum } from "./live-spectrum.js";

/** The lower end of a spectrum: how much of it lies at 0 to the eye, whether it ends or trails off, and whether a part of it has fallen. */
export interface LowerEnd {
  /** Share of the eigenvalues below a hundredth of the largest: what a histogram of 100 bins has in its first. */
  readonly nearZeroFraction: number;
  /** Decades between the lowest tenth and the median beyond those of a Marchenko-Pastur bulk of the same shape; null where a matrix has too few eigenvalues. */
  readonly trailingDecades: number | null;
  /** The widest jump between neighbours in decades, beyond that of the law, with next to nothing of the trace below it; and the share of eigenvalues below it. */
  readonly jumpDecades: number | null;
  readonly jumpFraction: number | null;
  /** The largest eigenvalue below the jump, where there is one that counts as a fall of rank; of a stack the largest of all; else null. */
  readonly fallenBelow: number | null;
}

/** A jump of so many decades is no longer one of a random spectrum (questions.ts, "rank-fallen"). */
export const MIN_FALL = 1.5;

/** Fewer eigenvalues per matrix have no lowest tenth. */
const MIN_SIDE = 16;
const LOWEST = 0.1;
const FIRST_BIN = 0.01;
/** A jump has at least this share of the eigenvalues on each side, and at most this share of the trace below it: more of it would be a bulk of its own. */
const MIN_SHARE = 0.04;
const MAX_TRACE_BELOW = 0.01;

/**
 * Reads the lower end of a spectrum, slice by slice (slices of different scale would stretch it), and takes means. Values below `floor` count as `floor`.
 * O(n).
 */
export function lowerEnd({ slices, N }: LiveSpectrum, floor: number): LowerEnd {
  const measured = slices.filter((slice) => slice.length > 0);
  if (measured.length === 0)
    return { nearZeroFraction: 1, trailingDecades: null, jumpDecades: null, jumpFraction: null, fallenBelow: null };
  const nearZeroFraction = mean(
    measured.map((slice) => {
      const bound = FIRST_BIN * slice[slice.length - 1];
      return slice.findIndex((value) => value >= bound) / slice.length;
    }),
  );
  const large = measured.filter(({ length }) => length >= MIN_SIDE);
  if (large.length === 0) return { nearZeroFraction, trailingDecades: null, jumpDecades: null, jumpFraction: null, fallenBelow: null };
  const least = Math.max(floor, Number.MIN_VALUE);
  const ends = large.map((slice) => endOf(slice, marchenkoPasturQuantiles(slice.length, Math.max(1, N / slice.length)), least));
  return {
    nearZeroFraction,
    trailingDecades: mean(ends.map(({ trailing }) => trailing)),
    jumpDecades: mean(ends.map(({ jump }) => jump)),
    jumpFraction: mean(ends.map(({ below }) => below)),
    fallenBelow: ends.every(({ jump }) => jump > MIN_FALL) ? Math.max(...ends.map(({ last }) => last)) : null,
  };
}

function endOf(slice: Float64Array, law: Float64Array, least: number): { trailing: number; jump: number; below: number; last: number } {
  const side = slice.length;
  const [lowest, middle] = [Math.floor(LOWEST * side), side >> 1];
  const decades = (values: Float64Array, from: number, to: number): number =>
    Math.log10(Math.max(values[to], least) / Math.max(values[from], least));
  const total = slice.reduce((sum, value) => sum + value, 0);
  let [jump, below, last, trace] = [0, 0, 0, 0];
  for (let i = 0; i < side - 1; i++) {
    trace += slice[i];
    const share = (i + 1) / side;
    if (trace > MAX_TRACE_BELOW * total || share > 1 - MIN_SHARE) break;
    if (share < MIN_SHARE) continue;
    const found = decades(slice, i, i + 1) - Math.log10(law[i + 1] / law[i]);
    if (found > jump) [jump, below, last] = [found, share, slice[i]];
  }
  return { trailing: decades(slice, lowest, middle) - Math.log10(law[middle] / law[lowest]), jump, below, last };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
