import { EPSILON } from "../route.js";
import { type Arena, doubles, layOut } from "./arena.js";

const GROUP = 8;
/** Pivots divide by squared off-diagonals: this replaces zero, far below the rounding of a matrix of norm 1. */
const MIN_SQUARE = 2 ** -960;
/**
 * Half the width of the first interval, in units of sqrt(n) eps * norm: the drift of QL is a random walk over some 2n
 * sweeps, measured below one unit.
 */
const FIRST_HALF_WIDTH = 4;
/**
 * Each interval is 16 times wider than the one before; the fifth is 65,536 times the first, and QL is never that
 * inaccurate.
 */
const MAX_PASSES = 5;

/**
 * A symmetric tridiagonal matrix and estimates of some of its eigenvalues: those with numbers firstIndex ...,
 * ascending.
 */
export interface Refinable {
  readonly diagonal: Float64Array;
  /** Squared off-diagonals. */
  readonly squares: Float64Array;
  readonly estimates: Float64Array;
  readonly firstIndex: number;
  readonly norm: number;
}

/** The memory of a refinement. */
export function refinementRegions(n: number, start: number) {
  return layOut(start, { diagonal: n * 8, squares: n * 8, values: n * 8 + GROUP * 8 });
}

/**
 * The eigenvalues to about 3 eps * norm, by bisection with Sturm counts from estimates that are off by tens of eps
 * (kernels/sturm.ts). A correct estimate is unchanged. `regions` may overlap the memory from which the matrix was read.
 * O(n^2), a hundredth of the whole at n = 4096.
 */
export function refineEigenvalues(
  arena: Arena,
  matrix: Refinable,
  regions: ReturnType<typeof refinementRegions>,
): Float64Array {
  const { diagonal, squares, estimates, firstIndex, norm } = matrix;
  if (norm === 0) return estimates;
  const n = diagonal.length;
  const count = estimates.length;
  doubles(arena, regions.diagonal, n).set(diagonal);
  doubles(arena, regions.squares, n).set(squares.map((square) => Math.max(square, MIN_SQUARE)));
  const values = doubles(arena, regions.values, count + GROUP).fill(0);
  values.set(estimates);

  let halfWidth = FIRST_HALF_WIDTH * Math.sqrt(n) * EPSILON * norm;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = values.slice();
    // Down to an interval of eps/2 * norm.
    const steps = Math.ceil(Math.log2((2 * halfWidth) / (0.5 * EPSILON * norm)));
    arena.team.run(
      "refineGroup",
      [regions.diagonal, regions.squares, n, regions.values, firstIndex, halfWidth, steps],
      Math.ceil(count / GROUP),
    );
    // An estimate that reached the end of its interval may lie outside it.
    if (before.subarray(0, count).every((value, i) => Math.abs(values[i] - value) < 0.9 * halfWidth)) break;
    halfWidth *= 16;
  }
  return values.slice(0, count).sort();
}
