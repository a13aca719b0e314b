import { marchenkoPasturQuantile } from "../rmt/index.js";
import type { LiveSpectrum } from "./live-spectrum.js";

/** The lower end of a spectrum: which fraction looks like zero, and whether it ends at an edge or trails off. */
export interface LowerEnd {
  /** Fraction of the eigenvalues below a hundredth of the largest: the first bin of a histogram of 100 bins. */
  readonly nearZeroFraction: number;
  /**
   * Decades between the lowest tenth and the median, minus those of a Marchenko-Pastur bulk of the same shape; null if
   * a matrix has too few eigenvalues.
   */
  readonly trailingDecades: number | null;
}

/** With fewer eigenvalues per matrix there is no lowest tenth to measure. */
const MIN_SIDE = 16;
const LOWEST_FRACTION = 0.1;
const NEAR_ZERO_BOUND = 0.01;

/**
 * Measures the lower end of each slice and takes means; pooled slices of different scale would look stretched. Values
 * below `floor` count as `floor`. O(n).
 */
export function lowerEnd({ slices, N }: Pick<LiveSpectrum, "slices" | "N">, floor: number): LowerEnd {
  const measured = slices.filter(({ length }) => length > 0);
  if (measured.length === 0) return { nearZeroFraction: 1, trailingDecades: null };
  const nearZeroFraction = mean(
    measured.map((slice) => {
      const bound = NEAR_ZERO_BOUND * slice[slice.length - 1];
      return slice.findIndex((value) => value >= bound) / slice.length;
    }),
  );
  const large = measured.filter(({ length }) => length >= MIN_SIDE);
  if (large.length === 0) return { nearZeroFraction, trailingDecades: null };
  const least = Math.max(floor, Number.MIN_VALUE);
  return {
    nearZeroFraction,
    trailingDecades: mean(large.map((slice) => trailing(slice, Math.max(1, N / slice.length), least))),
  };
}

function trailing(slice: Float64Array, Q: number, least: number): number {
  const side = slice.length;
  const [lowest, middle] = [Math.floor(LOWEST_FRACTION * side), side >> 1];
  const place = (index: number): number => marchenkoPasturQuantile((index + 0.5) / side, { Q });
  const decades = Math.log10(Math.max(slice[middle], least) / Math.max(slice[lowest], least));
  return decades - Math.log10(place(middle) / place(lowest));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
