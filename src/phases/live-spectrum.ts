import type { Spectrum } from "../spectra/index.js";

/** The spectrum of the live part of a stack: without rows and columns of zeros. */
export interface LiveSpectrum {
  /** Ascending, without the eigenvalues that are zero because of dead columns. */
  readonly eigenvalues: Float64Array;
  readonly slices: readonly Float64Array[];
  /** Live rows and columns of a matrix, the larger number first; means over the stack. */
  readonly N: number;
  readonly M: number;
  readonly rf: number;
  /** Kurtosis of the live entries; 3 if unknown. */
  readonly kurtosis: number;
}

/**
 * Removes dead directions. Rows of zeros on the long side leave a matrix of smaller N. Columns of zeros on the short
 * side give as many eigenvalues of exactly zero. `rank` is the rank that the matrices have by construction. O(n log n)
 * for a stack, O(1) for one matrix.
 */
export function liveSpectrum({ slices, eigenvalues, N, M, rf, entries }: Spectrum, rank = M): LiveSpectrum {
  const rows = entries?.liveRows ?? new Array<number>(rf).fill(N);
  const columns = entries?.liveColumns ?? new Array<number>(rf).fill(M);
  const sides = slices.map((_, k) => Math.min(M, rank, rows[k] ?? N, columns[k] ?? M));
  const longer = slices.map((_, k) => Math.max(rows[k] ?? N, columns[k] ?? M));
  const live = slices.map((slice, k) => slice.subarray(M - sides[k]));
  return {
    eigenvalues: rf === 1 ? live[0] : sides.every((side) => side === M) ? eigenvalues : joined(live),
    slices: live,
    N: mean(longer),
    M: mean(sides),
    rf,
    kurtosis: entries?.kurtosis ?? 3,
  };
}

function joined(slices: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(slices.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const slice of slices) {
    all.set(slice, filled);
    filled += slice.length;
  }
  return all.sort();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
