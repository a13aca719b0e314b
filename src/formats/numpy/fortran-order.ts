import { FormatError } from "../../bytes/errors.js";
import type { Cursor, ErrorLocation } from "../../bytes/stored-bytes.js";
import { type ElementRun, resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";

/**
 * Elements of a tile that is transposed at a time: 64 MiB of f32, 128 of f64. Smaller tiles would mean shorter runs on
 * disk.
 */
const TILE_ELEMENTS = 16 * 2 ** 20;
/** Runs are read together with the bytes between them if that reads at most this many times their bytes. */
const MAX_READ_RATIO = 4;
const READ_BYTES = 4 * 2 ** 20;

/**
 * Streams a Fortran-ordered array in C order: tiles of whole rows (of the first axis) are gathered from the columns on
 * disk, one tile in memory at a time. An array larger than a tile costs one short read per column and tile. Refuses
 * arrays of which not even one row fits in a tile.
 */
export async function* streamFortranOrder(
  run: ElementRun,
  shape: readonly number[],
  { where, ...range }: ValueRange & { where: ErrorLocation },
): AsyncGenerator<Values> {
  const { from, to, chunk } = resolveRange(range, run.count, run.bytesPerElement);
  if (from === to) return;
  const columns = run.count / shape[0];
  const rowsPerTile = Math.min(shape[0], Math.floor(TILE_ELEMENTS / columns));
  if (rowsPerTile < 1) {
    throw new FormatError(`rows of ${columns} elements are too long to convert from Fortran order`, {
      ...where,
      kind: "unsupported",
      remedy: "Save the array in C order (numpy.ascontiguousarray).",
    });
  }
  const order = columnOrder(shape.slice(1));
  const cursor = run.stored.openCursor();
  try {
    const firstRow = Math.floor(from / columns);
    for (let row = firstRow - (firstRow % rowsPerTile); row * columns < to; row += rowsPerTile) {
      const rows = Math.min(rowsPerTile, shape[0] - row);
      const tile = await gatherTile(cursor, { run, height: shape[0], row, rows, columns, order, signal: range.signal });
      const start = row * columns;
      for (let at = Math.max(from, start); at < Math.min(to, start + tile.length); at += chunk) {
        yield tile.slice(at - start, Math.min(at + chunk, to, start + tile.length) - start);
      }
    }
  } finally {
    await cursor.close();
  }
}

interface Tile {
  readonly run: ElementRun;
  /** Length of a column on disk. */
  readonly height: number;
  readonly row: number;
  readonly rows: number;
  readonly columns: number;
  readonly order: Uint32Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

async function gatherTile(cursor: Cursor, { run, height, row, rows, columns, order, signal }: Tile): Promise<Values> {
  const size = run.bytesPerElement;
  const together = height <= rows * MAX_READ_RATIO ? Math.max(1, Math.floor(READ_BYTES / (height * size))) : 1;
  let tile: Values | undefined;
  for (let first = 0; first < columns; first += together) {
    const count = Math.min(together, columns - first);
    const elements = (count - 1) * height + rows;
    const values = run.decode(await cursor.read(run.offset + (first * height + row) * size, elements * size, signal));
    tile ??= values instanceof Float64Array ? new Float64Array(rows * columns) : new Float32Array(rows * columns);
    for (let k = 0; k < count; k++) {
      const column = order === undefined ? first + k : order[first + k];
      for (let i = 0; i < rows; i++) tile[i * columns + column] = values[k * height + i];
    }
  }
  return tile ?? new Float32Array(0);
}

/**
 * For each column in the order on disk (first axis fastest), its index in C order; undefined for a single axis, where
 * the orders agree.
 */
function columnOrder(shape: readonly number[]): Uint32Array | undefined {
  if (shape.filter((side) => side > 1).length <= 1) return undefined;
  let offsets = new Uint32Array([0]);
  let stride = shape.reduce((product, side) => product * side, 1);
  for (const side of shape) {
    stride /= side;
    const next = new Uint32Array(offsets.length * side);
    for (let i = 0; i < side; i++)
      for (let k = 0; k < offsets.length; k++) next[i * offsets.length + k] = offsets[k] + i * stride;
    offsets = next;
  }
  return offsets;
}
