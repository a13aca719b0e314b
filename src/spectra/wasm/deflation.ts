import { EPSILON } from "../route.js";
import { doubles } from "./arena.js";
import type { Part, State } from "./conquer-memory.js";
import { TILE } from "./tile.js";

/** The rows in which a column has entries: above the cut, below it, or both. */
export const [ABOVE, BOTH, BELOW] = [0, 1, 2];

interface Deflation {
  /** Columns whose eigenvalues change, in ascending order of the old ones. */
  readonly kept: number[];
  /** The other columns, which already are eigenpairs. */
  readonly deflated: number[];
  /** Entries of z, counted from lo. */
  readonly z: Float64Array;
  /** ABOVE, BOTH or BELOW for each column, counted from lo. */
  readonly kinds: Uint8Array;
}

/**
 * Two kinds of columns are eigenvectors of the joined matrix within rounding: those with a negligible entry of z, and
 * one of each pair with nearly equal eigenvalues, after a rotation that makes its entry zero (LAPACK's dlaed2, with its
 * tolerance of 8 eps).
 */
export function deflate(state: State, { lo, mid, hi, coupling }: Part): Deflation {
  const { arena, panels, rows, values, order } = state;
  const rho = 2 * Math.abs(coupling);
  const z = new Float64Array(hi - lo);
  const entries = doubles(arena, panels, rows * rows);
  for (let column = lo; column < hi; column++) {
    const row = column < mid ? mid - 1 : mid;
    const sign = column >= mid && coupling < 0 ? -1 : 1;
    z[column - lo] = sign * Math.SQRT1_2 * entries[((column >> 5) * rows + row) * TILE + (column & 31)];
  }
  const kinds = Uint8Array.from(z, (_, i) => (lo + i < mid ? ABOVE : BELOW));
  const ascending = Int32Array.from(order.subarray(lo, hi)).sort((i, j) => values[i] - values[j]);
  let largest = 0;
  for (const column of ascending) largest = Math.max(largest, Math.abs(values[column]), Math.abs(z[column - lo]));
  const negligible = 4 * EPSILON * largest;

  const kept: number[] = [];
  const deflated: number[] = [];
  let previous = -1;
  for (const column of ascending) {
    if (rho * Math.abs(z[column - lo]) <= negligible) {
      deflated.push(column);
      continue;
    }
    if (previous < 0) {
      previous = column;
      continue;
    }
    const radius = Math.hypot(z[column - lo], z[previous - lo]);
    const gap = values[column] - values[previous];
    const [c, s] = [z[column - lo] / radius, -z[previous - lo] / radius];
    if (Math.abs(gap * c * s) <= negligible) {
      z[column - lo] = radius;
      z[previous - lo] = 0;
      if (kinds[column - lo] !== kinds[previous - lo]) kinds[column - lo] = kinds[previous - lo] = BOTH;
      arena.kernels.rotateVectors(panels, rows, previous, column, c, s, lo, hi);
      const [x, y] = [values[previous], values[column]];
      values[previous] = x * c * c + y * s * s;
      values[column] = x * s * s + y * c * c;
      deflated.push(previous);
    } else kept.push(previous);
    previous = column;
  }
  if (previous >= 0) kept.push(previous);
  return { kept, deflated, z, kinds };
}
