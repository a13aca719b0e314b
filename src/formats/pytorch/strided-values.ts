import type { Cursor } from "../../bytes/stored-bytes.js";
import { type ElementRun, resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";

/**
 * Elements of a tile that is reordered at a time: 64 MiB of f32, 128 of f64. Smaller tiles would mean shorter runs on
 * disk.
 */
const TILE_ELEMENTS = 16 * 2 ** 20;
/** Elements are read together with the bytes between them if that reads at most this many times their bytes. */
const MAX_READ_RATIO = 4;
const READ_BYTES = 4 * 2 ** 20;

/** An axis of a view: its length, and the storage distance of neighbours along it, in elements. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
}

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

/** The offset of the `index`-th combination (C order) of some axes. */
function offsetOf(axes: readonly Axis[], index: number): number {
  let rest = index;
  let offset = 0;
  for (let k = axes.length - 1; k >= 0; k--) {
    offset += (rest % axes[k].size) * axes[k].stride;
    rest = Math.floor(rest / axes[k].size);
  }
  return offset;
}

interface Gathering {
  readonly run: ElementRun;
  readonly offset: number;
  readonly box: readonly Axis[];
  /** Maximum number of elements per read. */
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
}

/** An axis of a tile: the distance of its neighbours in the storage (`stride`) and in the tile (`step`). */
interface TileAxis extends Axis {
  readonly step: number;
}

async function gatherTile(cursor: Cursor, { run, offset, box, most, signal }: Gathering): Promise<Values> {
  const bytes = run.bytesPerElement;
  const { far, grouped, group, near } = readingPlan(inStorageOrder(box), most);
  const length = product(box);
  let tile: Values | undefined;
  for (let index = 0; index < product(far); index++) {
    const origin = offsetOf(far, index);
    const target = offsetOf(
      far.map(({ size, step }) => ({ size, stride: step })),
      index,
    );
    for (let first = 0; first < grouped.size; first += group) {
      const axes = [{ ...grouped, size: Math.min(group, grouped.size - first) }, ...near];
      const span = axes.reduce((sum, axis) => sum + (axis.size - 1) * axis.stride, 1);
      const at = offset + origin + first * grouped.stride;
      const values = run.decode(await cursor.read(run.offset + at * bytes, span * bytes, signal));
      tile ??= values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
      scatter(values, tile, axes, { from: 0, target: target + first * grouped.step });
    }
  }
  return tile ?? new Float32Array(0);
}

/** Largest strides first, in the order of the storage. */
function inStorageOrder(box: readonly Axis[]): TileAxis[] {
  const axes: TileAxis[] = [];
  let step = 1;
  for (const axis of [...box].reverse()) {
    axes.push({ ...axis, step });
    step *= axis.size;
  }
  return axes.sort((a, b) => b.stride - a.stride);
}

interface ReadingPlan {
  /** Axes that are iterated, with one or more reads per step. */
  readonly far: readonly TileAxis[];
  /** The axis of which `group` steps are read together. */
  readonly grouped: TileAxis;
  readonly group: number;
  /** Axes that are read whole. */
  readonly near: readonly TileAxis[];
}

/**
 * How much of a tile one read takes: as many of the innermost axes as fit and are close together, and some steps of the
 * next.
 */
function readingPlan(axes: readonly TileAxis[], most: number): ReadingPlan {
  let whole = axes.length;
  let span = 1;
  let used = 1;
  for (; whole > 0; whole--) {
    const { size, stride } = axes[whole - 1];
    const next = span + (size - 1) * stride;
    if (next > most || next > MAX_READ_RATIO * used * size) break;
    span = next;
    used *= size;
  }
  const near = axes.slice(whole);
  if (whole === 0) return { far: [], grouped: { size: 1, stride: 0, step: 0 }, group: 1, near };
  const grouped = axes[whole - 1];
  const fitting = grouped.stride > MAX_READ_RATIO * used ? 1 : Math.floor((most - span) / grouped.stride) + 1;
  return { far: axes.slice(0, whole - 1), grouped, group: Math.max(1, Math.min(grouped.size, fitting)), near };
}

/** Copies the elements of a box from a run of the storage to their positions in the tile. */
function scatter(
  values: Values,
  tile: Values,
  axes: readonly TileAxis[],
  { from, target }: { from: number; target: number },
): void {
  const [{ size, stride, step }, ...inner] = axes;
  if (inner.length === 0) {
    for (let k = 0; k < size; k++) tile[target + k * step] = values[from + k * stride];
    return;
  }
  for (let k = 0; k < size; k++) scatter(values, tile, inner, { from: from + k * stride, target: target + k * step });
}

function product(axes: readonly Axis[]): number {
  return axes.reduce((total, axis) => total * axis.size, 1);
}
