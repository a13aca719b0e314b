import { FormatError } from "../bytes/errors.js";
import type { ErrorLocation } from "../bytes/stored-bytes.js";
import { Filled, product, type Slab, slabsOf } from "./slabs.js";
import { resolveRange } from "./stream-elements.js";
import type { Tensor, ValueRange, Values } from "./tensor.js";

/** A box of a tensor that is stored by itself, in C order. */
export interface Tile {
  /** Its first element in the tensor, and its sides: one number per axis. */
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
}

/** Elements of the slab that is put together at a time (64 MiB of f32), unless one step of an axis has more. */
const SLAB_ELEMENTS = 16 * 2 ** 20;

export interface TiledReading<T extends Tile> extends ValueRange {
  /** Opens the stored tensor of a tile. Its values are those of the tile. */
  readonly open: (tile: T, signal?: AbortSignal) => Promise<Pick<Tensor, "values">>;
  readonly where: ErrorLocation;
  readonly slabElements?: number;
}

/**
 * Why tiles do not make up a tensor: one leaves it, two overlap, or some of it is in none; undefined if they do.
 * O(n^2) in the number of tiles; `spend` is called n times with n steps.
 */
export function tilingObjection(
  shape: readonly number[],
  tiles: readonly Tile[],
  spend: (steps: number) => void,
): string | undefined {
  const sides = (numbers: readonly number[]): string => `(${numbers.join(", ")})`;
  let covered = 0;
  for (const { offsets, sizes } of tiles) {
    const inside =
      offsets.length === shape.length &&
      sizes.length === shape.length &&
      shape.every((side, k) => offsets[k] >= 0 && sizes[k] >= 0 && offsets[k] + sizes[k] <= side);
    if (!inside) return `its part of ${sides(sizes)} at ${sides(offsets)} leaves the shape ${sides(shape)}`;
    covered += sizes.reduce((total, side) => total * side, 1);
  }
  for (const [k, a] of tiles.entries()) {
    spend(tiles.length);
    const other = tiles.slice(k + 1).find((b) => overlap(a, b));
    if (other !== undefined) return `its parts at ${sides(a.offsets)} and ${sides(other.offsets)} overlap`;
  }
  const total = shape.reduce((product, side) => product * side, 1);
  return covered === total ? undefined : `its parts have ${covered} elements together, but it has ${total}`;
}

function overlap(a: Tile, b: Tile): boolean {
  const empty = [...a.sizes, ...b.sizes].includes(0);
  return !empty && a.offsets.every((from, k) => from < b.offsets[k] + b.sizes[k] && b.offsets[k] < from + a.sizes[k]);
}

/**
 * Streams a tensor that is stored in tiles, in C order. Slabs of some steps of one axis are put together, one at a
 * time. The tiles must make up the tensor (`tilingObjection`).
 */
export async function* streamTiles<T extends Tile>(
  shape: readonly number[],
  tiles: readonly T[],
  { open, where, slabElements = SLAB_ELEMENTS, ...range }: TiledReading<T>,
): AsyncGenerator<Values> {
  const total = product(shape);
  const { from, to, chunk } = resolveRange(range, total, 4);
  if (from === to) return;
  const opened = new Map<T, Promise<Pick<Tensor, "values">>>();
  const stored = (tile: T): Promise<Pick<Tensor, "values">> => {
    const known = opened.get(tile) ?? open(tile, range.signal);
    opened.set(tile, known);
    return known;
  };
  for (const slab of slabsOf(shape, { from, to, slabElements })) {
    const made = new Filled(slab.count * slab.inner);
    for (const tile of tiles) {
      const run = runIn(tile, slab);
      if (run === undefined) continue;
      range.signal?.throwIfAborted();
      const { values } = await stored(tile);
      let at = run.from;
      for await (const part of values({ from: run.from, to: run.to, signal: range.signal })) {
        scatter(part, made, { at: at - run.from, run, slab, shape, tile });
        at += part.length;
      }
      if (at !== run.to) {
        throw new FormatError(`a part of it ended after ${at - run.from} of ${run.to - run.from} values`, {
          ...where,
          kind: "malformed",
        });
      }
    }
    const values = made.values ?? new Float32Array(0);
    for (let at = Math.max(from, slab.start); at < Math.min(to, slab.start + values.length); at += chunk)
      yield values.slice(at - slab.start, Math.min(at + chunk, to, slab.start + values.length) - slab.start);
  }
}

/** A run of a tile's own elements that lies in a slab, and the step of the slab at which it begins. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function runIn({ offsets, sizes }: Tile, { axis, before, first, count }: Slab): Run | undefined {
  if (before.some((index, k) => index < offsets[k] || index >= offsets[k] + sizes[k])) return undefined;
  const low = Math.max(first, offsets[axis] ?? 0);
  const high = Math.min(first + count, (offsets[axis] ?? 0) + (sizes[axis] ?? 1));
  const inner = product(sizes.slice(axis + 1));
  if (low >= high || inner === 0) return undefined;
  const outer = before.reduce((at, index, k) => at * sizes[k] + index - offsets[k], 0);
  const from = (outer * (sizes[axis] ?? 1) + low - (offsets[axis] ?? 0)) * inner;
  return { from, to: from + (high - low) * inner, step: low - first };
}

interface Scattering {
  /** Position of the values in the run. */
  readonly at: number;
  readonly run: Run;
  readonly slab: Slab;
  readonly shape: readonly number[];
  readonly tile: Tile;
}

/** Copies values of a run to their places in the slab, row by row along the last axis. */
function scatter(values: Values, made: Filled, { at, run, slab, shape, tile: { offsets, sizes } }: Scattering): void {
  const target = made.like(values);
  const last = Math.max(slab.axis, shape.length - 1);
  const innermost = last === slab.axis ? run.to - run.from : sizes[last];
  for (let begin = 0; begin < values.length; ) {
    const element = at + begin;
    const end = Math.min(values.length, begin + innermost - (element % innermost));
    target.set(values.subarray(begin, end), placeOf(element));
    begin = end;
  }

  function placeOf(element: number): number {
    let place = 0;
    let stride = 1;
    let rest = element;
    for (let k = last; k > slab.axis; k--) {
      place += ((rest % sizes[k]) + offsets[k]) * stride;
      rest = Math.floor(rest / sizes[k]);
      stride *= shape[k];
    }
    return place + (run.step + rest) * slab.inner;
  }
}
