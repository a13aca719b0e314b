import { marchenkoPasturQuantile } from "../rmt/index.js";
import type { LiveSpectrum } from "./live-spectrum.js";

/** The lower end of a spectrum: how much of it lies at 0 to the eye, and whether it ends or trails off. */
export interface LowerEnd {
  /** Share of the eigenvalues below a hundredth of the largest: what a histogram of 100 bins has in its first. */
  readonly nearZeroFraction: number;
  /**
   * Decades between the lowest tenth and the median beyond those of a Marchenko-Pastur bulk of the same shape; null
   * where a matrix has too few eigenvalues.
   */
  readonly trailingDecades: number | null;
}

/** Fewer eigenvalues per matrix have no lowest tenth. */
const MIN_SIDE = 16;
const LOWEST = 0.1;
const FIRST_BIN = 0.01;

/**
 * Reads the lower end of a spectrum, slice by slice (slices of different scale would stretch it), and takes means.
 * Values below `floor` count as `floor`. O(n).
 */
export function lowerEnd({ slices, N }: Pick<LiveSpectrum, "slices" | "N">, floor: number): LowerEnd {
  const measured = slices.filter(({ length }) => length > 0);
  if (measured.length === 0) return { nearZeroFraction: 1, trailingDecades: null };
  const nearZeroFraction = mean(
    measured.map((slice) => {
      const bound = FIRST_BIN * slice[slice.length - 1];
      return slice.findIndex((value) => value >= bound) / slice.length;
    }),
  );
  const large = measured.filter(({ length }) => length >= MIN_SIDE);
  if (large.length === 0) return { nearZeroFraction, trailingDecades: null };
  const least = Math.max(floor, Number.MIN_VALUE);
  return { nearZeroFraction, trailingDecades: mean(large.map((slice) => trailing(slice, Math.max(1, N / slice.length), least))) };
}

function trailing(slice: Float64Array, Q: number, least: number): number {
  const side = slice.length;
  const [lowest, middle] = [Math.floor(LOWEST * side), side >> 1];
  const place = (index: number): number => marchenkoPasturQuantile((index + 0.5) / side, { Q });
  const decades = Math.log10(Math.max(slice[middle], least) / Math.max(slice[lowest], least));
  return decades - Math.log10(place(middle) / place(lowest));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
