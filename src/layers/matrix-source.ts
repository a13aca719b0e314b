import { giveBack } from "../bytes/recycled-buffers.js";
import type { Tensor, Values } from "../formats/tensor.js";
import type { MatrixSource, StackView } from "./layer.js";
import { BLOCK_BYTES, bytesPerValue, loadRows, type Rows, storedRows } from "./stored-rows.js";

/** A tensor whose entries must be gathered is loaded once up to this size; a larger one is streamed once per matrix. */
const LOADED_BYTES = 64 * 2 ** 20;

/** A stack of matrices as a source that streams its rows from the tensor; each call of `blocks` reads them again. */
export function sourceOf(tensor: Tensor, view: StackView): MatrixSource {
  const { count, rows, cols } = view;
  const wholeRows = view.colStride === 1 && view.columnRuns === undefined && (rows === 1 || view.rowStride === cols);
  const contiguous = wholeRows && (count === 1 || view.matrixStride === rows * cols);
  return {
    count,
    rows,
    cols,
    origin: {
      kind: "stored",
      file: tensor.file,
      tensor: tensor.name,
      storage: tensor.storageKey,
      dtype: tensor.dtype,
      view,
    },
    blocks: (signal) => {
      if (view.runs !== undefined) return rowsInRuns(tensor, view, signal);
      return contiguous
        ? storedRows(tensor, { from: view.offset, rows: count * rows, length: cols, signal })
        : pickedRows(tensor, view, signal);
    },
  };
}

/** Whole rows of one matrix, stored as runs. What lies between the runs is not read. */
async function* rowsInRuns(
  tensor: Tensor,
  { rows, cols, offset, runs }: StackView,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const { rows: height, stride } = runs!;
  for (let row = 0, from = offset; row < rows; row += height, from += stride) {
    signal?.throwIfAborted();
    yield* storedRows(tensor, { from, rows: height, length: cols, signal });
  }
}

/** Gathers the entries of each matrix from the tensor's rows. */
async function* pickedRows(tensor: Tensor, view: StackView, signal?: AbortSignal): AsyncGenerator<Values> {
  const { count, rows, rowStride } = view;
  const stored = (k: number): Rows => {
    const start = view.offset + k * view.matrixStride;
    return { from: start - (start % rowStride), rows, length: rowStride, signal };
  };
  const first = stored(0);
  // All matrices of a convolution interleave within the same rows: read those once if they are small.
  const loaded =
    stored(count - 1).from === first.from && rows * rowStride * bytesPerValue(tensor) <= LOADED_BYTES
      ? await loadRows(tensor, first)
      : undefined;
  for (let k = 0; k < count; k++) {
    signal?.throwIfAborted();
    const shift = (view.offset + k * view.matrixStride) % rowStride;
    if (loaded !== undefined) yield* pick(loaded, view, shift);
    else
      for await (const block of storedRows(tensor, stored(k))) {
        yield* pick(block, view, shift);
        giveBack(block);
      }
  }
  if (loaded !== undefined) giveBack(loaded);
}

/** From whole stored rows, blocks of the rows of one matrix, whose entries begin at `shift` in each row. */
function* pick(
  values: Values,
  { cols, rowStride, colStride, columnRuns }: StackView,
  shift: number,
): Generator<Values> {
  const run = columnRuns?.cols ?? cols;
  const stride = columnRuns?.stride ?? 0;
  const rows = values.length / rowStride;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (values.BYTES_PER_ELEMENT * cols)));
  for (let begin = 0; begin < rows; begin += rowsPerBlock) {
    const height = Math.min(rowsPerBlock, rows - begin);
    const block = values instanceof Float64Array ? new Float64Array(height * cols) : new Float32Array(height * cols);
    for (let i = 0, to = 0; i < height; i++) {
      for (let j = 0, from = (begin + i) * rowStride + shift; j < cols; from += stride) {
        for (const end = Math.min(cols, j + run), first = j; j < end; j++)
          block[to++] = values[from + (j - first) * colStride];
      }
    }
    yield block;
  }
}
