import type { DenseMatrix } from "./dense-matrix.js";

/**
 * Rows summed separately before they are added to the total: the rounding error grows with 256 + N/256 terms instead of
 * N.
 */
const ROWS_AT_ONCE = 256;

/**
 * The Gram matrix W'W, M x M, row-major, its lower half only: G_ij = sum over rows k of W_ki W_kj, j <= i. O(N M^2).
 */
export function gramMatrix({ N, M, entries }: DenseMatrix): Float64Array {
  const gram = new Float64Array(M * M);
  for (let from = 0; from < N; from += ROWS_AT_ONCE) {
    const part = new Float64Array(M * M);
    for (let k = from; k < Math.min(N, from + ROWS_AT_ONCE); k++)
      addOuterProductInPlace(part, entries.subarray(k * M, (k + 1) * M));
    for (let i = 0; i < part.length; i++) gram[i] += part[i];
  }
  return gram;
}

function addOuterProductInPlace(lower: Float64Array, row: Float64Array): void {
  const M = row.length;
  for (let i = 0; i < M; i++) {
    const value = row[i];
    for (let j = 0; j <= i; j++) lower[i * M + j] += value * row[j];
  }
}
