import type { Values } from "./tensor.js";

/** Consecutive elements of the tensor: `count` steps of one axis from `first`, at one position of the axes before. */
export interface Slab {
  readonly start: number;
  readonly axis: number;
  readonly before: readonly number[];
  readonly first: number;
  readonly count: number;
  /** Elements per step. */
  readonly inner: number;
}

/** The array of a slab; of doubles if the first part that arrives is. */
export class Filled {
  values: Values | undefined;
  constructor(readonly length: number) {}
  like(part: Values): Values {
    return (this.values ??=
      part instanceof Float64Array ? new Float64Array(this.length) : new Float32Array(this.length));
  }
}

/** The slabs that cover the elements `from` to `to` of a shape: runs along one axis, of at most `slabElements`. */
export function* slabsOf(
  shape: readonly number[],
  { from, to, slabElements }: { readonly from: number; readonly to: number; readonly slabElements: number },
): Generator<Slab> {
  let axis = Math.max(0, shape.length - 1);
  while (axis > 0 && product(shape.slice(axis)) <= slabElements) axis--;
  const inner = product(shape.slice(axis + 1));
  const side = shape[axis] ?? 1;
  const steps = Math.max(1, Math.floor(slabElements / inner));
  for (let start = from - (from % inner); start < to; ) {
    const first = (start / inner) % side;
    const count = Math.min(steps, side - first, Math.ceil((to - start) / inner));
    const before: number[] = [];
    for (let k = axis - 1, rest = Math.floor(start / (inner * side)); k >= 0; k--) {
      before.unshift(rest % shape[k]);
      rest = Math.floor(rest / shape[k]);
    }
    yield { start, axis, before, first, count, inner };
    start += count * inner;
  }
}

export function product(sides: readonly number[]): number {
  return sides.reduce((total, side) => total * side, 1);
}
