import { tridiagonalEigenvaluesInPlace } from "../root-free-ql.js";
import { type Arena, doubles, layOut, openArena } from "./arena.js";
import type { Build } from "./kernel-builds.js";
import { preferredBuild } from "./kernels.js";
import { refineEigenvalues, refinementRegions } from "./refinement.js";

/**
 * Solves one tridiagonal matrix after another: squared off-diagonals (n - 1 used), both arrays unchanged; the
 * eigenvalues are ascending. `refine`: false omits the bisection, half of the time, if the matrix itself is no more
 * accurate than f32.
 */
export type TridiagonalSolver = (diagonal: Float64Array, squares: Float64Array, refine: boolean) => Float64Array;

/**
 * A solver by root-free QL, refined by bisection: errors of about 3 eps * norm for every n, while QL alone (LAPACK's
 * ?sterf too) drifts by tens of eps at n = 2000. For engines that reduce to tridiagonal form elsewhere. O(n^2); it
 * keeps 40 n bytes for the largest matrix.
 */
export function tridiagonalSolver(build: Build = preferredBuild()): TridiagonalSolver {
  let arena: Arena | undefined;
  return (diagonal, squares, refine) => {
    const n = diagonal.length;
    const bytes = layOut(0, { diagonal: n * 8, squares: n * 8 }).end + refinementRegions(n, 0).end;
    arena = openArena({ bytes, build, subject: `a tridiagonal matrix of side ${n}` }, arena);
    const { kernels } = arena;
    const regions = layOut(arena.base, { diagonal: n * 8, squares: n * 8 });
    doubles(arena, regions.diagonal, n).set(diagonal);
    doubles(arena, regions.squares, n).set(squares.subarray(0, n));
    const estimates = tridiagonalEigenvaluesInPlace(
      doubles(arena, regions.diagonal, n),
      doubles(arena, regions.squares, n),
      {
        findSplit: (first, last, negligible) =>
          kernels.findSplit(regions.diagonal, regions.squares, first, last, negligible),
        qlStep: (first, last) => kernels.qlStep(regions.diagonal, regions.squares, first, last),
      },
    )
      .slice()
      .sort();
    if (!refine) return estimates;
    return refineEigenvalues(
      arena,
      {
        diagonal,
        squares,
        estimates,
        firstIndex: 0,
        norm: Math.max(Math.abs(estimates[0]), Math.abs(estimates[n - 1])),
      },
      refinementRegions(n, regions.end),
    );
  };
}
