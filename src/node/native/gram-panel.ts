import type { Values } from "../../formats/tensor.js";
import { binaryExponent } from "../../spectra/matrix-solver.js";
import { PANEL_ROWS } from "../../spectra/route.js";
import type { BlasLibrary, Reals } from "./blas-library.js";

/**
 * Rows of W multiplied at once in f64. It fixes the order of summation, so that the bits do not depend on how the rows
 * were cut into blocks. At 1024 the traffic of the Gram matrix (one read and write per panel) is a hundredth of the
 * arithmetic. Below f64 it is the embedded engine's 256, because the floors of f32 sums depend on it.
 */
const PANEL_ROWS_F64 = 1024;
/**
 * Panels whose f32 sums are added in f32 before they are added to the f64 sums: three more roundings on top of 256, and
 * a quarter of the traffic.
 */
const PANELS_PER_SUM = 4;
/** A tile of a wide matrix that is transposed at once: both sides of it stay in the first-level cache. */
const TILE_SIDE = 32;

/** Rows of a panel for a matrix of N rows: f64, or products in f32. */
export function panelRows(N: number, type: "f64" | "f32"): number {
  return Math.min(N, type === "f64" ? PANEL_ROWS_F64 : PANEL_ROWS);
}

/** The target of a panel's sum: `gram` (M x M), through `product` if panel and products are f32. */
export interface GramBuffers {
  readonly gram: Float64Array;
  readonly panel: Reals;
  readonly product?: Float32Array | undefined;
}

/**
 * Sums W'W in panels, scaled by a power of two so that the largest entry lies in [1/2, 1); all rescaling is exact. Like
 * the embedded engine's GramStage.
 */
export interface GramPanels {
  /** Rows of a tall matrix, in order. */
  takeRows(rows: Values): void;
  /** All rows of a wide matrix of N columns. */
  takeWide(blocks: readonly Values[], N: number): void;
  /** Adds the rest of the panel; returns e if `gram` (lower triangle) is that of 2^-e W. */
  finish(): number;
}

export function gramPanels(library: BlasLibrary, { gram, panel, product }: GramBuffers, M: number): GramPanels {
  const capacity = panel.length / M;
  let filled = 0;
  let beta: 0 | 1 = 0;
  /** Number of panels in `product`. */
  let summed = 0;
  let exponent: number | undefined;

  const scaleFor = (largest: number): number => {
    if (largest > 0) {
      const needed = binaryExponent(largest);
      if (exponent !== undefined && needed > exponent) {
        if (beta === 1) scaleInPlace(gram, 4 ** (exponent - needed));
        scaleInPlace(panel.subarray(0, filled * M), 2 ** (exponent - needed));
        if (product !== undefined && summed > 0) scaleInPlace(product, 4 ** (exponent - needed));
      }
      exponent = Math.max(needed, exponent ?? needed);
    }
    return 2 ** -(exponent ?? 0);
  };

  const flush = (): void => {
    const rows = filled;
    filled = 0;
    if (product === undefined) {
      library.addProductInPlace(gram, panel, { M, rows, beta });
      beta = 1;
    } else {
      library.addProductInPlace(product, panel, { M, rows, beta: summed === 0 ? 0 : 1 });
      summed++;
      if (summed === PANELS_PER_SUM) addSums(product);
    }
  };
  const addSums = (sums: Float32Array): void => {
    addLowerTriangleInPlace(gram, sums, { M, beta });
    beta = 1;
    summed = 0;
  };

  return {
    takeRows(rows) {
      for (let from = 0; from < rows.length; ) {
        const piece = rows.subarray(from, from + (capacity - filled) * M);
        const scale = scaleFor(largestOf(piece));
        const start = filled * M;
        for (let i = 0; i < piece.length; i++) panel[start + i] = piece[i] * scale;
        filled += piece.length / M;
        from += piece.length;
        if (filled === capacity) flush();
      }
    },
    takeWide(blocks, N) {
      const scale = scaleFor(blocks.reduce((most, block) => Math.max(most, largestOf(block)), 0));
      for (let from = 0; from < N; from += capacity) {
        filled = Math.min(capacity, N - from);
        let column = 0;
        for (const block of blocks) {
          turn(block, panel, { N, from, rows: filled, M, column, scale });
          column += block.length / N;
        }
        flush();
      }
    },
    finish() {
      if (filled > 0) flush();
      if (product !== undefined && summed > 0) addSums(product);
      return exponent ?? 0;
    },
  };
}

/**
 * Column `column` + i of the row-major panel (rows x M) becomes columns from ... from + rows - 1 of stored row i of the
 * block, times the scale.
 */
export function turn(
  block: Values,
  panel: Reals,
  {
    N,
    from,
    rows,
    M,
    column,
    scale,
  }: { N: number; from: number; rows: number; M: number; column: number; scale: number },
): void {
  const height = block.length / N;
  for (let firstI = 0; firstI < height; firstI += TILE_SIDE) {
    const endI = Math.min(height, firstI + TILE_SIDE);
    for (let firstK = 0; firstK < rows; firstK += TILE_SIDE) {
      const endK = Math.min(rows, firstK + TILE_SIDE);
      for (let k = firstK; k < endK; k++) {
        const to = k * M + column;
        for (let i = firstI; i < endI; i++) panel[to + i] = block[i * N + from + k] * scale;
      }
    }
  }
}

function largestOf(values: Values): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > largest) largest = size;
  }
  return largest;
}

function scaleInPlace(values: Reals, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

/** Columns j of the lower triangles, column-major: C := P + beta C. */
function addLowerTriangleInPlace(
  C: Float64Array,
  P: Float32Array,
  { M, beta }: { readonly M: number; readonly beta: 0 | 1 },
): void {
  for (let j = 0; j < M; j++) {
    const end = (j + 1) * M;
    if (beta === 0) C.set(P.subarray(j * M + j, end), j * M + j);
    else for (let at = j * M + j; at < end; at++) C[at] += P[at];
  }
}
