import type { Values } from "../../formats/tensor.js";

/** Vectors are interleaved in groups of this many: the loops keep 2 x 4 sums in registers. */
export const GROUP = 4;

const PIECE_COLS = 512;

interface Widths {
  readonly cols: number;
  readonly width: number;
}

/** Z += A X for whole rows A; vectors interleaved. */
export function timesVectors(A: Values, X: Float64Array, Z: Float64Array, { cols, width }: Widths): void {
  const rows = A.length / cols;
  for (let from = 0; from < cols; from += PIECE_COLS) {
    const end = Math.min(cols, from + PIECE_COLS);
    for (let i = 0; i < rows; i += 2) {
      const upper = i * cols;
      // If the number of rows is odd, the last is paired with itself and its second sums are dropped.
      const lower = i + 1 < rows ? upper + cols : upper;
      for (let j = 0; j < width; j += GROUP) {
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        let a3 = 0;
        let b0 = 0;
        let b1 = 0;
        let b2 = 0;
        let b3 = 0;
        for (let k = from, at = from * width + j; k < end; k++, at += width) {
          const a = A[upper + k];
          const b = A[lower + k];
          const x0 = X[at];
          const x1 = X[at + 1];
          const x2 = X[at + 2];
          const x3 = X[at + 3];
          a0 += a * x0;
          a1 += a * x1;
          a2 += a * x2;
          a3 += a * x3;
          b0 += b * x0;
          b1 += b * x1;
          b2 += b * x2;
          b3 += b * x3;
        }
        add4(Z, i * width + j, a0, a1, a2, a3);
        if (lower !== upper) add4(Z, (i + 1) * width + j, b0, b1, b2, b3);
      }
    }
  }
}

/** Y += A' Z for whole rows A; vectors interleaved. */
export function addTransposeTimes(A: Values, Z: Float64Array, Y: Float64Array, { cols, width }: Widths): void {
  const rows = A.length / cols;
  for (let from = 0; from < cols; from += PIECE_COLS) {
    const end = Math.min(cols, from + PIECE_COLS);
    for (let i = 0; i < rows; i += 2) {
      const upper = i * cols;
      const paired = i + 1 < rows;
      const lower = paired ? upper + cols : upper;
      for (let j = 0; j < width; j += GROUP) {
        const at0 = i * width + j;
        const [a0, a1, a2, a3] = [Z[at0], Z[at0 + 1], Z[at0 + 2], Z[at0 + 3]];
        const at1 = at0 + width;
        const [b0, b1, b2, b3] = paired ? [Z[at1], Z[at1 + 1], Z[at1 + 2], Z[at1 + 3]] : [0, 0, 0, 0];
        for (let k = from, at = from * width + j; k < end; k++, at += width) {
          const a = A[upper + k];
          const b = A[lower + k];
          Y[at] += a * a0 + b * b0;
          Y[at + 1] += a * a1 + b * b1;
          Y[at + 2] += a * a2 + b * b2;
          Y[at + 3] += a * a3 + b * b3;
        }
      }
    }
  }
}

function add4(Z: Float64Array, at: number, z0: number, z1: number, z2: number, z3: number): void {
  Z[at] += z0;
  Z[at + 1] += z1;
  Z[at + 2] += z2;
  Z[at + 3] += z3;
}
