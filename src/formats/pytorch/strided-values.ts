import { type ElementRun, resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";
import { type Axis, gatherTile, offsetOf } from "./gather-tile.js";

/**
 * Elements of a tile that is reordered at a time: 64 MiB of f32, 128 of f64. Smaller tiles would mean shorter runs on
 * disk.
 */
const TILE_ELEMENTS = 16 * 2 ** 20;

const READ_BYTES = 4 * 2 ** 20;

/**
 * The axes of a view without those of length 1; neighbouring axes are merged if their strides continue each other. A
 * contiguous view has one axis of stride 1 left, or none.
 */
export function mergedAxes(size: readonly number[], stride: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  size.forEach((side, k) => {
    if (side === 1) return;
    const outer = axes[axes.length - 1];
    if (outer !== undefined && outer.stride === side * stride[k])
      axes[axes.length - 1] = { size: outer.size * side, stride: stride[k] };
    else axes.push({ size: side, stride: stride[k] });
  });
  return axes;
}

/** What a reading may hold in memory: a tile, and the bytes of one read. */
export interface StridedOptions extends ValueRange {
  readonly tileElements?: number;
  readonly readBytes?: number;
}

/**
 * Streams a strided view in C order: tiles of it are gathered from the storage, one tile in memory at a time. Within a
 * tile the storage is read in the order of its strides, in pieces of a few MiB if neighbours are close, else in short
 * runs. `run.offset` is the location of the view's first element, `run.count` the number of elements; `axes` are
 * merged, in C order, of positive size.
 */
export async function* streamStrided(
  run: ElementRun,
  axes: readonly Axis[],
  { tileElements = TILE_ELEMENTS, readBytes = READ_BYTES, ...range }: StridedOptions = {},
): AsyncGenerator<Values> {
  const { from, to, chunk } = resolveRange(range, run.count, run.bytesPerElement);
  if (from === to) return;
  const most = Math.max(1, Math.floor(readBytes / run.bytesPerElement));
  const cursor = run.stored.openCursor({ jumping: true });
  try {
    for (const { start, offset, box } of tilesOf(axes, { from, to, tileElements })) {
      const tile = await gatherTile(cursor, { run, offset, box, most, signal: range.signal });
      const end = start + tile.length;
      for (let at = Math.max(from, start); at < Math.min(to, end); at += chunk) {
        yield tile.slice(at - start, Math.min(at + chunk, to, end) - start);
      }
    }
  } finally {
    await cursor.close();
  }
}

interface Tile {
  /** Index of its first element: in the view in C order, and in the storage from the view's first element. */
  readonly start: number;
  readonly offset: number;
  /** Its axes in C order. */
  readonly box: readonly Axis[];
}

/**
 * Cuts a view into boxes of at most `tileElements` elements that are consecutive in C order: some steps of one axis,
 * with all inner axes whole.
 */
function* tilesOf(
  axes: readonly Axis[],
  { from, to, tileElements }: { from: number; to: number; tileElements: number },
): Generator<Tile> {
  let split = axes.length;
  let inner = 1;
  while (split > 0 && inner * axes[split - 1].size <= tileElements) inner *= axes[--split].size;
  // Now the axes from `split` on fit in a tile together; the axis before them is cut.
  const cut = split > 0 ? axes[split - 1] : { size: 1, stride: 0 };
  const outer = axes.slice(0, Math.max(0, split - 1));
  const steps = Math.max(1, Math.floor(tileElements / inner));
  const slab = cut.size * inner;

  for (let start = from - (from % inner); start < to; ) {
    const first = (start % slab) / inner;
    const count = Math.min(steps, cut.size - first, Math.ceil((to - start) / inner));
    const offset = offsetOf(outer, Math.floor(start / slab)) + first * cut.stride;
    yield { start, offset, box: [{ size: count, stride: cut.stride }, ...axes.slice(split)] };
    start += count * inner;
  }
}
