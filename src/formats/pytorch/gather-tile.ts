import type { Cursor } from "../../bytes/stored-bytes.js";
import type { ElementRun } from "../stream-elements.js";
import type { Values } from "../tensor.js";

/** Elements are read together with the bytes between them if that reads at most this many times their bytes. */
const MAX_READ_RATIO = 4;

/** An axis of a view: its length, and the storage distance of neighbours along it, in elements. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
}

/** The offset of the `index`-th combination (C order) of some axes. */
export function offsetOf(axes: readonly Axis[], index: number): number {
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

/** Reads one tile of a strided tensor, in the order of its storage, and puts its values in logical order. */
export async function gatherTile(cursor: Cursor, { run, offset, box, most, signal }: Gathering): Promise<Values> {
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
