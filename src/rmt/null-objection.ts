import type { MatrixShape } from "./ensembles.js";

/** The properties of the entries that decide whether the tests of the bulk hold. */
export interface EntryLaw {
  /** E w^4/(E w^2)^2 over the live entries. */
  readonly kurtosis: number | null;
  readonly maxAbs: number;
  /** Over the live entries. */
  readonly meanSquare: number;
}

/**
 * The tests hold up to this (kurtosis - 3)/M, the range of the first order in fourth-moment.ts. Simulated: at 0.07 (a
 * Gaussian 200 x 100 matrix with 30 % of its entries kept) bulk_p falls below 5 % in 6 % of draws, at 0.12 in 11 %.
 */
export const MAX_TESTED_EXCESS = 0.075;
/**
 * A single entry creates an eigenvalue outside the bulk if its square is above sqrt(N M) mean squares ([BBP05] with a
 * signal of one entry). From half of that on it shifts the largest eigenvalue.
 */
const MAX_ENTRY = 0.5;

/**
 * Why the p-values of bulk and edge do not hold for independent entries of this law, so that the entries must be
 * permuted; null if they hold.
 */
export function nullObjection({ kurtosis, maxAbs, meanSquare }: EntryLaw, { N, M }: MatrixShape): string | null {
  if (kurtosis !== null && (kurtosis - 3) / M > MAX_TESTED_EXCESS) {
    return `the entries have a kurtosis of ${kurtosis.toPrecision(3)} (3 is Gaussian), too much for a side of ${M}`;
  }
  if (maxAbs * maxAbs > MAX_ENTRY * Math.sqrt(N * M) * meanSquare) {
    return (
      `the largest entry is ${(maxAbs / Math.sqrt(meanSquare)).toPrecision(3)} standard deviations, which ` +
      `alone can move the edge of a ${N} x ${M} bulk`
    );
  }
  return null;
}
