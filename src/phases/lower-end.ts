import { marchenkoPasturQuantile } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";

/** The lower end of a spectrum: how much of it lies at 0 to the eye, and whether it ends or trails off. */
export interface LowerEnd {
  /** Share of the eigenvalues below a hundredth of the largest: what a histogram of 100 bins has in its first. */
  readonly nearZeroFraction: number;
  /** Decades between the lowest tenth and the median beyond those of a Marchenko-Pastur bulk of the same shape; null where a matrix has too few eigenvalues. */
  readonly trailingDecades: number | null;
}

/** Fewer eigenvalues a matrix have no lowest tenth. */
const SMALLEST = 16;
const LOWEST = 0.1;
const FIRST_BIN = 0.01;

/**
 * Reads the lower end of a spectrum, slice by slice (slices of different scale would stretch it), and takes means. `rank` of the M eigenvalues of a matrix
 * are looked at, the largest, where the matrix has that rank by construction. Values below `floor` count as `floor`. O(n).
 */
export function lowerEnd({ slices, N, M }: Spectrum, { floor, rank = M }: { readonly floor: number; readonly rank?: number }): LowerEnd {
  const live = slices.map((slice) => slice.subarray(M - Math.min(M, rank)));
  const nearZeroFraction = mean(
    live.map((slice) => {
      const bound = FIRST_BIN * slice[slice.length - 1];
      return slice.findIndex((value) => value >= bound) / slice.length;
    }),
  );
  const side = Math.min(M, rank);
  if (side < SMALLEST) return { nearZeroFraction, trailingDecades: null };
  const lowest = Math.floor(LOWEST * side);
  const middle = side >> 1;
  const place = (index: number): number => marchenkoPasturQuantile((index + 0.5) / side, { Q: N / side });
  const ordinary = Math.log10(place(middle) / place(lowest));
  const least = Math.max(floor, Number.MIN_VALUE);
  const decades = live.map((slice) => Math.log10(Math.max(slice[middle], least) / Math.max(slice[lowest], least)));
  return { nearZeroFraction, trailingDecades: mean(decades) - ordinary };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
