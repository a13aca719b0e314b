import { EPSILON } from "../route.js";
import { type Arena, doubles, layOut } from "./arena.js";

const GROUP = 8;
/** Pivots divide by squared off-diagonals: this stands for zero, far below the rounding of a matrix of norm 1. */
const SMALLEST_SQUARE = 2 ** -960;
/**
 * The first interval reaches this many times sqrt(n) eps * norm to either side: the drift of QL is a random walk over
 * some 2n sweeps, measured below one.
 */
const REACH = 4;
/** Each wider than the one before by 16; the fifth holds 65,536 times the first, and QL is never that far off. */
const MOST_PASSES = 5;

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

/** Bytes that a refinement takes. */
export function refinementRegions(n: number, start: number) {
  return layOut(start, { diagonal: n * 8, squares: n * 8, values: n * 8 + GROUP * 8 });
}

/**
 * The eigenvalues to about 3 eps * norm, by bisection with Sturm counts from estimates that are off by tens of eps
 * (kernels/sturm.ts). An estimate that is right already stays as it is. `regions` may overlap what the matrix was read
 * from. O(n^2), a hundredth of the whole at n = 4096.
 */
export function refineEigenvalues(arena: Arena, matrix: Refinable, regions: ReturnType<typeof refinementRegions>): Float64Array {
  const { diagonal, squares, estimates, firstIndex, norm } = matrix;
  if (norm === 0) return estimates;
  const n = diagonal.length;
  const count = estimates.length;
  doubles(arena, regions.diagonal, n).set(diagonal);
  doubles(arena, regions.squares, n).set(squares.map((square) => Math.max(square, SMALLEST_SQUARE)));
  const values = doubles(arena, regions.values, count + GROUP).fill(0);
  values.set(estimates);

  let halfWidth = REACH * Math.sqrt(n) * EPSILON * norm;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const before = values.slice();
    // Down to an interval of eps/2 * norm.
    const steps = Math.ceil(Math.log2((2 * halfWidth) / (0.5 * EPSILON * norm)));
    arena.team.run(
      "refineGroup",
      [regions.diagonal, regions.squares, n, regions.values, firstIndex, halfWidth, steps],
      Math.ceil(count / GROUP),
    );
    // An estimate that went to the end of its interval may lie beyond.
    if (before.subarray(0, count).every((value, i) => Math.abs(values[i] - value) < 0.9 * halfWidth)) break;
    halfWidth *= 16;
  }
  return values.slice(0, count).sort();
}
