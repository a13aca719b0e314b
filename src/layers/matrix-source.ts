import { FormatError } from "../formats/errors.js";
import type { Tensor, Values } from "../formats/tensor.js";
import type { MatrixSource } from "./layer.js";
import type { StackView } from "./reading.js";

/** Decoded bytes of one block of rows. */
const BLOCK_BYTES = 4 * 2 ** 20;
/** A tensor whose rows must be picked apart is loaded once up to this size; a larger one is streamed once a matrix. */
const LOADED_BYTES = 64 * 2 ** 20;

/** A stack of matrices as a source that streams its rows from the tensor; each call of `blocks` reads anew. */
export function sourceOf(tensor: Tensor, view: StackView): MatrixSource {
  const { count, rows, cols } = view;
  const contiguous = view.colStride === 1 && (rows === 1 || view.rowStride === cols) && (count === 1 || view.matrixStride === rows * cols);
  return {
    count,
    rows,
    cols,
    blocks: (signal) =>
      contiguous ? storedRows(tensor, { from: view.offset, rows: count * rows, length: cols, signal }) : pickedRows(tensor, view, signal),
  };
}

interface Rows {
  /** Element at which the first row begins. */
  readonly from: number;
  readonly rows: number;
  /** Elements a row. */
  readonly length: number;
  readonly signal?: AbortSignal;
}

/** Streams rows that lie one after the other, regrouped into blocks of whole rows whatever chunks the tensor yields. */
async function* storedRows(tensor: Tensor, { from, rows, length, signal }: Rows): AsyncGenerator<Values> {
  const chunk = length * Math.max(1, Math.floor(BLOCK_BYTES / (bytesPerValue(tensor) * length)));
  const to = from + rows * length;
  let rest: Values | undefined;
  let seen = 0;
  for await (const values of tensor.values({ from, to, chunk, signal })) {
    seen += values.length;
    const joined: Values = rest === undefined ? values : join(rest, values);
    const whole = joined.length - (joined.length % length);
    rest = whole === joined.length ? undefined : joined.slice(whole);
    if (whole > 0) yield rest === undefined ? joined : joined.slice(0, whole);
  }
  if (seen !== to - from) {
    throw new FormatError(`its values ended after ${seen} of ${to - from}`, { kind: "malformed", file: tensor.file, tensor: tensor.name });
  }
}

/** Picks each matrix's entries out of the tensor's rows. */
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
      ? await load(tensor, first)
      : undefined;
  for (let k = 0; k < count; k++) {
    signal?.throwIfAborted();
    const shift = (view.offset + k * view.matrixStride) % rowStride;
    if (loaded !== undefined) yield* pick(loaded, view, shift);
    else for await (const block of storedRows(tensor, stored(k))) yield* pick(block, view, shift);
  }
}

/** From whole stored rows, blocks of the rows of one matrix, whose entries begin at `shift` in each. */
function* pick(values: Values, { cols, rowStride, colStride }: StackView, shift: number): Generator<Values> {
  const rows = values.length / rowStride;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (values.BYTES_PER_ELEMENT * cols)));
  for (let begin = 0; begin < rows; begin += rowsPerBlock) {
    const height = Math.min(rowsPerBlock, rows - begin);
    const block = values instanceof Float64Array ? new Float64Array(height * cols) : new Float32Array(height * cols);
    for (let i = 0, to = 0; i < height; i++) {
      for (let j = 0, at = (begin + i) * rowStride + shift; j < cols; j++, at += colStride) block[to++] = values[at];
    }
    yield block;
  }
}

async function load(tensor: Tensor, rows: Rows): Promise<Values> {
  const parts: Values[] = [];
  for await (const block of storedRows(tensor, rows)) parts.push(block);
  return parts.length === 1 ? parts[0] : join(...parts);
}

/** Arrays of one tensor end to end. */
function join(...parts: readonly Values[]): Values {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = parts[0] instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function bytesPerValue(tensor: Tensor): number {
  return tensor.storedBits > 32 ? 8 : 4;
}
