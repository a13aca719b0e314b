import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";
import { gridOf } from "./chunk-index.js";
import { type Filter, unfilter } from "./filters.js";
import type { StoredChunk } from "./stored-chunk.js";

/**
 * Elements assembled at a time: 64 MiB of f32. Larger rows of chunks are read in pieces, and their chunks once per
 * piece.
 */
const SLAB_ELEMENTS = 16 * 2 ** 20;

/** A dataset in chunks. */
export interface ChunkedData {
  readonly source: ByteSource;
  readonly where: ErrorLocation;
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly elementBytes: number;
  readonly filters: readonly Filter[];
  /** The value where no chunk is stored. */
  readonly fill: number;
  /** File offset of an address. */
  position(address: number): number;
  chunks(): Promise<ReadonlyMap<number, StoredChunk>>;
  decode(bytes: Uint8Array): Values;
}

/** Streams a dataset in C order: slabs of whole rows of the first axis are assembled from their chunks. */
export async function* streamChunked(data: ChunkedData, range: ValueRange = {}): AsyncGenerator<Values> {
  const { shape, chunk, elementBytes, where } = data;
  const count = shape.reduce((product, side) => product * side, 1);
  const { from, to, chunk: yielded } = resolveRange(range, count, elementBytes);
  if (from === to) return;
  const columns = count / shape[0];
  const most = Math.floor(SLAB_ELEMENTS / columns);
  if (most < 1)
    throw new FormatError(`rows of ${columns} elements are too long to assemble from chunks`, {
      ...where,
      kind: "unsupported",
    });
  const chunks = await data.chunks();
  const height = Math.min(chunk[0], most);
  for (let row = Math.floor(from / columns); row * columns < to; ) {
    const rowEnd = Math.min(shape[0], row - (row % chunk[0]) + chunk[0], row + height);
    const slab = await gatherSlab(data, chunks, { row, rowEnd, columns, signal: range.signal });
    const start = row * columns;
    const end = Math.min(to, start + slab.length);
    for (let at = Math.max(from, start); at < end; at += yielded)
      yield slab.slice(at - start, Math.min(at + yielded, end) - start);
    row = rowEnd;
  }
}

interface Slab {
  /** First row and one past the last, all within one row of chunks. */
  readonly row: number;
  readonly rowEnd: number;
  /** Elements per row. */
  readonly columns: number;
  readonly signal?: AbortSignal | undefined;
}

async function gatherSlab(data: ChunkedData, chunks: ReadonlyMap<number, StoredChunk>, slab: Slab): Promise<Values> {
  const { shape, chunk, fill } = data;
  const counts = gridOf(data);
  const perRow = counts.slice(1).reduce((product, side) => product * side, 1);
  const size = (slab.rowEnd - slab.row) * slab.columns;
  const values =
    data.decode(new Uint8Array(0)) instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  if (fill !== 0) values.fill(fill);
  const chunkRow = Math.floor(slab.row / chunk[0]);
  for (let k = 0; k < perRow; k++) {
    const stored = chunks.get(chunkRow * perRow + k);
    if (stored === undefined) continue;
    const elements = await readChunk(data, stored, slab.signal);
    copyInPlace(values, elements, { shape, chunk, starts: startsOf(chunkRow * perRow + k, counts, chunk), slab });
  }
  return values;
}

async function readChunk(
  { source, where, chunk, elementBytes, filters, position, decode }: ChunkedData,
  stored: StoredChunk,
  signal?: AbortSignal,
): Promise<Values> {
  const offset = position(stored.address);
  const bytes = await readRange(source, { ...where, offset, length: stored.bytes, signal });
  const length = chunk.reduce((product, side) => product * side, elementBytes);
  try {
    return decode(await unfilter(bytes, { filters, mask: stored.mask, length }));
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(reason, {
      ...where,
      kind: "malformed",
      offset,
      cause,
      remedy: "The file is damaged; get it again.",
    });
  }
}

/** The first element of a chunk along each axis, from its number in the grid. */
function startsOf(number: number, counts: readonly number[], chunk: readonly number[]): number[] {
  const starts = new Array<number>(counts.length);
  for (let axis = counts.length - 1, rest = number; axis >= 0; axis--) {
    starts[axis] = (rest % counts[axis]) * chunk[axis];
    rest = Math.floor(rest / counts[axis]);
  }
  return starts;
}

interface Placement {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly starts: readonly number[];
  readonly slab: Slab;
}

/**
 * Copies the intersection of a chunk and a slab, run by run along the last axis. Chunks at the edge extend beyond the
 * dataset.
 */
function copyInPlace(values: Values, elements: Values, { shape, chunk, starts, slab }: Placement): void {
  const rank = shape.length;
  const lows = starts.map((start, axis) => (axis === 0 ? Math.max(start, slab.row) : start));
  const highs = starts.map((start, axis) => Math.min(start + chunk[axis], axis === 0 ? slab.rowEnd : shape[axis]));
  const at = [...lows];
  const run = highs[rank - 1] - lows[rank - 1];
  for (;;) {
    let from = 0;
    let to = 0;
    for (let axis = 0; axis < rank; axis++) {
      from = from * chunk[axis] + at[axis] - starts[axis];
      to = to * (axis === 0 ? 1 : shape[axis]) + at[axis] - (axis === 0 ? slab.row : 0);
    }
    values.set(elements.subarray(from, from + run), to);
    let axis = rank - 2;
    for (; axis >= 0 && ++at[axis] === highs[axis]; axis--) at[axis] = lows[axis];
    if (axis < 0) return;
  }
}
