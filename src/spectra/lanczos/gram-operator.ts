import type { Values } from "../../formats/tensor.js";
import type { MatrixSource } from "../../layers/layer.js";
import { addTransposeTimes, GROUP, timesVectors } from "./tile-products.js";

/**
 * A tile of W that is multiplied by all vectors before the next: 32 rows by 512 columns, with their vectors, fit in the
 * second-level cache.
 */
const PIECE_ROWS = 32;

/** The products of one pass, and the trace of the matrix. */
export interface GramProducts {
  /** W'W x for each x. */
  readonly products: readonly Float64Array[];
  /** The sum of all squared entries: the trace of W'W. */
  readonly trace: number;
  /** How often the rows were read: once, or twice for a wide matrix. */
  readonly passes: number;
}

/** Products with W'W while the rows of W are read. */
export interface ProductPass {
  /** How often the rows are read: once, or twice for a wide matrix. */
  readonly readings: number;
  /** Takes the next whole rows; after the last row, the first comes again if there is a second reading. */
  push(block: Values): void;
  /** Whether every row has been taken as often as needed. */
  readonly complete: boolean;
  /** Throws `RangeError` if rows are missing. */
  finish(): GramProducts;
}

/**
 * W'W x for several vectors x of length M (the smaller side). Reads a tall matrix's rows once, a wide one's twice. O(4
 * N M b) for b vectors; memory is the vectors, and for a wide matrix b vectors of length N.
 */
export function beginGramProducts({ rows, cols }: MatrixShape, vectors: readonly Float64Array[]): ProductPass {
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const wide = rows < cols;
  const readings = wide ? 2 : 1;
  const width = Math.ceil(vectors.length / GROUP) * GROUP;
  const x = sideBySide(vectors, M, width);
  const y = new Float64Array(M * width);
  const z = new Float64Array((wide ? N : PIECE_ROWS) * width);
  let trace = 0;
  let row = 0;
  let reading = 1;

  const take = (block: Values): void => {
    if (reading === 1) trace += sumOfSquares(block);
    if (wide) {
      // W' is stored: first W x, of length N, then W' times that, row by row as stored.
      if (reading === 1) addTransposeTimes(block, x.subarray(row * width), z, { cols, width });
      else timesVectors(block, z, y.subarray(row * width), { cols, width });
      return;
    }
    for (let from = 0; from < block.length; from += PIECE_ROWS * cols) {
      const piece = block.subarray(from, from + PIECE_ROWS * cols);
      timesVectors(piece, x, z.fill(0), { cols, width });
      addTransposeTimes(piece, z, y, { cols, width });
    }
  };
  return {
    readings,
    push(block) {
      if (block.length % cols !== 0 || row + block.length / cols > rows)
        throw new RangeError(
          `${block.length} values are not whole rows of ${cols}, or more than the ${rows - row} rows that are left`,
        );
      take(block);
      row += block.length / cols;
      if (row === rows && reading < readings) {
        row = 0;
        reading++;
      }
    },
    get complete() {
      return reading === readings && row === rows;
    },
    finish() {
      if (reading < readings || row < rows)
        throw new RangeError(`${rows - row} of the matrix's ${rows} rows are missing`);
      return { products: apart(y, vectors.length, width), trace, passes: readings };
    },
  };
}

/** The products of a source. Rejects with what the source throws, or with the signal's reason. */
export async function gramProducts(
  source: MatrixSource,
  vectors: readonly Float64Array[],
  signal?: AbortSignal,
): Promise<GramProducts> {
  const pass = beginGramProducts(source, vectors);
  for (let reading = 0; reading < pass.readings; reading++) {
    for await (const block of source.blocks(signal)) {
      signal?.throwIfAborted();
      pass.push(block);
    }
  }
  return pass.finish();
}

type MatrixShape = Pick<MatrixSource, "rows" | "cols">;

function sumOfSquares(values: Values): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/** Entry k of vector j at k * width + j; unused positions after the last vector stay zero. */
function sideBySide(vectors: readonly Float64Array[], length: number, width: number): Float64Array {
  const all = new Float64Array(length * width);
  vectors.forEach((vector, j) => {
    for (let k = 0, at = j; k < length; k++, at += width) all[at] = vector[k];
  });
  return all;
}

function apart(all: Float64Array, count: number, width: number): Float64Array[] {
  return Array.from({ length: count }, (_, j) => {
    const vector = new Float64Array(all.length / width);
    for (let k = 0, at = j; k < vector.length; k++, at += width) vector[k] = all[at];
    return vector;
  });
}
