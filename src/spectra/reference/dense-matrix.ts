import type { Values } from "../../formats/tensor.js";
import { binaryExponent } from "../matrix-solver.js";

/** W, N x M with N >= M, row-major, times 2^-exponent so that its largest entry lies in [1/2, 1). */
export interface DenseMatrix {
  readonly N: number;
  readonly M: number;
  readonly entries: Float64Array;
  readonly exponent: number;
}

/**
 * Joins blocks of stored rows (rows x cols in all) into W, transposed if the stored matrix is `wide`. The default of
 * `wide` is fewer rows than columns.
 */
export function joinBlocks(
  blocks: readonly Values[],
  { rows, cols, wide = rows < cols }: { readonly rows: number; readonly cols: number; readonly wide?: boolean },
): DenseMatrix {
  const [N, M] = wide ? [cols, rows] : [rows, cols];
  let largest = 0;
  for (const block of blocks) for (const value of block) largest = Math.max(largest, Math.abs(value));
  const exponent = largest > 0 ? binaryExponent(largest) : 0;
  const scale = 2 ** -exponent;
  const entries = new Float64Array(N * M);
  let at = 0;
  for (const block of blocks) {
    for (const value of block) {
      entries[wide ? (at % cols) * M + Math.floor(at / cols) : at] = value * scale;
      at++;
    }
  }
  return { N, M, entries, exponent };
}
