import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";

/** Whole rows of one matrix of a stack. */
export interface MatrixRows {
  /** Which matrix of the stack, from 0, and which of its rows is the first. */
  readonly matrix: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly values: Values;
}

/** The blocks of a source, cut at the ends of its matrices so that each block belongs to one matrix. */
export async function* matrixBlocks(source: MatrixSource, signal?: AbortSignal): AsyncGenerator<MatrixRows> {
  const { rows, cols } = source;
  let row = 0;
  for await (const block of source.blocks(signal)) {
    for (let from = 0; from < block.length; ) {
      const firstRow = row % rows;
      const taken = Math.min(rows - firstRow, (block.length - from) / cols);
      yield {
        matrix: Math.floor(row / rows),
        firstRow,
        rows: taken,
        values: block.subarray(from, from + taken * cols),
      };
      from += taken * cols;
      row += taken;
    }
  }
}

/**
 * The whole matrices of a stack, one after the other, for work that cannot be streamed (a permutation of all entries,
 * products of rows).
 */
export async function* wholeMatrices(source: MatrixSource, signal?: AbortSignal): AsyncGenerator<Values> {
  const entries = source.rows * source.cols;
  let matrix: Values | undefined;
  for await (const { firstRow, rows, values } of matrixBlocks(source, signal)) {
    if (rows === source.rows) {
      yield values;
      continue;
    }
    if (matrix === undefined)
      matrix = values instanceof Float64Array ? new Float64Array(entries) : new Float32Array(entries);
    matrix.set(values, firstRow * source.cols);
    if (firstRow + rows < source.rows) continue;
    yield matrix;
    matrix = undefined;
  }
}

/** The same rows of two stacks of one shape. */
export interface PairedRows extends Omit<MatrixRows, "values"> {
  readonly a: Values;
  readonly b: Values;
}

/**
 * Reads two sources of the same shape in step, cut wherever a block of either ends. Throws `RangeError` if the shapes
 * differ or one ends early.
 */
export async function* pairedBlocks(
  a: MatrixSource,
  b: MatrixSource,
  signal?: AbortSignal,
): AsyncGenerator<PairedRows> {
  if (a.count !== b.count || a.rows !== b.rows || a.cols !== b.cols) {
    throw new RangeError(`two stacks to be compared must have one shape, got ${shapeOf(a)} and ${shapeOf(b)}`);
  }
  const { rows, cols } = a;
  const others = b.blocks(signal)[Symbol.asyncIterator]();
  let row: number = 0;
  let other: Values = new Float32Array(0);
  let used: number = 0;
  try {
    for await (const block of a.blocks(signal)) {
      for (let from = 0; from < block.length; ) {
        if (used === other.length) {
          const next = await others.next();
          if (next.done) throw new RangeError(`the second stack ended after ${row} of ${a.count * rows} rows`);
          [other, used] = [next.value, 0];
        }
        const firstRow = row % rows;
        const taken = Math.min(rows - firstRow, (block.length - from) / cols, (other.length - used) / cols);
        yield {
          matrix: Math.floor(row / rows),
          firstRow,
          rows: taken,
          a: block.subarray(from, from + taken * cols),
          b: other.subarray(used, used + taken * cols),
        };
        from += taken * cols;
        used += taken * cols;
        row += taken;
      }
    }
  } finally {
    await others.return?.();
  }
}

function shapeOf({ count, rows, cols }: MatrixSource): string {
  return `${count} x ${rows} x ${cols}`;
}
