import type { Pace, Steps } from "../bytes/pace.js";
import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";

/** Limits on the products of a matrix's rows or columns, and on their eigenvectors. */
export interface GramLimit {
  /** The smaller side. A product has M x M entries. */
  readonly M: number;
  /** Entries of the matrix: a wide matrix is held as a whole (a tall one is streamed). */
  readonly entries: number;
  /** Multiplications, M^2 N. */
  readonly products: number;
}

/**
 * 2^24 entries are 128 MiB of f64. 1024 is also the limit of `symmetricEigen`, which the reference engine uses for
 * eigenvectors.
 */
export const GRAM_LIMIT: GramLimit = { M: 1024, entries: 2 ** 24, products: 2 ** 33 };

/** The reason why a stack's Gram products are not computed, or null. */
export function gramObjection(
  { rows, cols }: Pick<MatrixSource, "rows" | "cols">,
  limit: GramLimit = GRAM_LIMIT,
): string | null {
  const M = Math.min(rows, cols);
  if (M > limit.M) return `the smaller side ${M} is above ${limit.M}`;
  if (rows * cols > limit.entries) return `${rows} x ${cols} entries are more than ${limit.entries}`;
  if (M * rows * cols > limit.products)
    return `${rows} x ${cols} entries need more than ${limit.products} multiplications`;
  return null;
}

/**
 * Multiplications that count as one step of a `Pace`. They take some 2 us. The event loop gets a turn after every
 * 2^24 multiplications, about 20 ms.
 */
export const PRODUCTS_PER_STEP = 2 ** 11;

export interface ColumnProducts {
  readonly cols: number;
  readonly pace: Pace;
}

/**
 * Adds A'B to `product`, for blocks A and B with the same number of rows of `cols` values. Pauses when `pace` asks for
 * it.
 */
export function* addColumnProducts(
  product: Float64Array,
  [a, b]: readonly [Values, Values],
  { cols, pace }: ColumnProducts,
): Steps<void> {
  for (let row = 0; row < a.length; row += cols) {
    addRowProducts(product, [a, b], { row, cols });
    if (pace.spend((cols * cols) / PRODUCTS_PER_STEP)) yield;
  }
}

/** Adds the products of one row of A with the same row of B. The row begins at index `row` of the values. */
function addRowProducts(
  product: Float64Array,
  [a, b]: readonly [Values, Values],
  { row, cols }: { readonly row: number; readonly cols: number },
): void {
  for (let i = 0; i < cols; i++) {
    const factor = a[row + i];
    if (factor === 0) continue;
    const to = i * cols;
    for (let j = 0; j < cols; j++) product[to + j] += factor * b[row + j];
  }
}

/** The products of all pairs of rows of a matrix. Pauses when `pace` asks for it. */
export function* rowProducts(
  matrix: Values,
  { rows, cols }: Pick<MatrixSource, "rows" | "cols">,
  pace: Pace,
): Steps<Float64Array> {
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      products[i * rows + j] = products[j * rows + i] = dotProduct(matrix, [i * cols, j * cols], cols);
      if (pace.spend(cols / PRODUCTS_PER_STEP)) yield;
    }
  }
  return products;
}

function dotProduct(values: Values, [first, second]: readonly [number, number], length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += values[first + k] * values[second + k];
  return sum;
}
