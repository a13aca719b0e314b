import { resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";

/** Decoded bytes of one run of rows. */
const RUN_BYTES = 4 * 2 ** 20;

/** A matrix whose rows are decoded on demand; leading axes are merged into rows. */
export interface DecodedRows {
  readonly rows: number;
  readonly cols: number;
  /** Rows that are stored together: only whole bands are requested, except that the last may be cut. */
  readonly band: number;
  /** Begins a reading: data that all rows need (scales, lookup tables) is fetched once. */
  open(signal?: AbortSignal): Promise<RowDecoder>;
}

/** Rows `from` to `to`, concatenated, in an array that the caller owns. */
export type RowDecoder = (from: number, to: number, signal?: AbortSignal) => Promise<Float32Array>;

/** Streams a range of elements in consecutive chunks that the consumer owns; one run of rows is in memory at a time. */
export async function* streamRows(decoded: DecodedRows, range: ValueRange = {}): AsyncGenerator<Values> {
  const { rows, cols, band } = decoded;
  const { from, to, chunk } = resolveRange(range, rows * cols, Float32Array.BYTES_PER_ELEMENT);
  if (from === to) return;
  const decode = await decoded.open(range.signal);
  const run = band * Math.max(1, Math.floor(RUN_BYTES / (Float32Array.BYTES_PER_ELEMENT * cols * band)));
  for (let row = band * Math.floor(from / (cols * band)); row * cols < to; row += run) {
    const values = await decode(row, Math.min(rows, row + run), range.signal);
    const end = Math.min(to, row * cols + values.length);
    for (let at = Math.max(from, row * cols); at < end; at += chunk) {
      const length = Math.min(chunk, end - at);
      yield length === values.length ? values : values.slice(at - row * cols, at - row * cols + length);
    }
  }
}
