import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type { SpectralEngine } from "./engine.js";
import { ascendingEigenvalues, type MatrixSolver } from "./matrix-solver.js";
import { tridiagonalEigenvaluesInPlace } from "./root-free-ql.js";
import { gramFloor, hasUnresolved, keepsMatrix, singularValueFloor } from "./route.js";
import { assertStackShape, stackTask } from "./stack-task.js";
import { type Arena, layOut, openArena } from "./wasm/arena.js";
import { bidiagonalRegions, singularValues } from "./wasm/bidiagonal-stage.js";
import { beginGram, type GramStage, panelBytes } from "./wasm/gram-stage.js";
import { type Build, preferredBuild } from "./wasm/kernels.js";
import { stagingBytes } from "./wasm/packer.js";
import { reductionRegions, tridiagonalise } from "./wasm/reduction.js";
import { refineEigenvalues, refinementRegions } from "./wasm/refinement.js";
import { lowerTriangleBytes, TILE } from "./wasm/tile.js";

export interface WasmEngineOptions {
  /** "fused" needs relaxed SIMD. Default: fused where the host has it. */
  readonly build?: Build;
}

/**
 * The default engine: f64 in WebAssembly with 128-bit SIMD, O(N M^2 + 4/3 M^3).
 *
 * The Gram matrix of the smaller side is summed as rows arrive, so that a tall matrix never stands in memory whole; a wide one is kept as given.
 * It is reduced to a band of 32, that to a tridiagonal matrix, whose eigenvalues come from root-free QL and are refined by bisection. Where the smallest of them lies at or below
 * the floor M eps lambdaMax and the matrix is small enough (`BIDIAGONAL_LIMIT`), the singular values of W itself are computed instead.
 *
 * Memory: 4 M^2 bytes for the lower triangle and about 5 KiB a column (M = 4096: 87 MiB), and a kept W where one is needed.
 * `begin` throws `RangeError` where that passes 4 GiB (M about 31,000). The same rows give the same bits however they are cut into blocks; the two
 * builds of the kernels (with and without fused multiply-add) differ in the last ones.
 */
export function createWasmEngine({ build = preferredBuild() }: WasmEngineOptions = {}): SpectralEngine {
  let arena: Arena | undefined;
  let busy = false;
  return {
    name: "wasm",
    begin(shape) {
      assertStackShape(shape);
      if (busy) throw new Error("begin: the engine is at work on another stack; finish or cancel that first");
      const solver = wasmSolver(
        shape,
        (bytes) => (arena = openArena({ bytes, build, subject: `a ${shape.rows} x ${shape.cols} matrix` }, arena)),
      );
      busy = true;
      return stackTask(shape, solver, () => {
        busy = false;
      });
    },
  };
}

function wasmSolver({ rows, cols }: StackShape, open: (bytes: number) => Arena): MatrixSolver {
  const shape = { N: Math.max(rows, cols), M: Math.min(rows, cols), wide: rows < cols };
  const { N, M, wide } = shape;
  const keeps = wide || keepsMatrix(shape);
  let arena = open(gramRegions(M, 0).end);
  let kept: Values[] = [];
  let gram: GramStage;

  return {
    begin() {
      kept = [];
      arena = open(gramRegions(M, 0).end);
      gram = beginGram(arena, gramRegions(M, arena.base), M);
    },
    take(values) {
      if (keeps) kept.push(values);
      if (!wide) gram.takeRows(values);
    },
    solve() {
      if (wide) gram.takeWide(kept, N);
      const exponent = gram.finish();
      const eigenvalues = ascendingEigenvalues(gramEigenvalues(arena, M), exponent);
      const lambdaMax = eigenvalues[M - 1];
      if (!hasUnresolved(eigenvalues) || !keepsMatrix(shape)) {
        return { eigenvalues, resolvedFloor: gramFloor(M, lambdaMax), route: "gram" };
      }
      arena = open(bidiagonalRegions(shape, 0).end);
      const squares = singularValues(arena, kept, { ...shape, exponent }).map((value) => value * value);
      const resolved = ascendingEigenvalues(squares, exponent);
      return { eigenvalues: resolved, resolvedFloor: singularValueFloor(M, resolved[M - 1]), route: "bidiagonal" };
    },
    release() {
      kept = [];
    },
  };
}

/** The Gram matrix, and in one place what fills it and, after that, what reduces it. */
function gramRegions(M: number, start: number) {
  const tiles = Math.ceil(M / TILE);
  const { gram, end: scratch } = layOut(start, { gram: lowerTriangleBytes(tiles) });
  const filling = layOut(scratch, { staging: stagingBytes(M), panel: panelBytes(tiles) });
  return {
    gram,
    scratch,
    staging: filling.staging,
    panel: filling.panel,
    end: Math.max(filling.end, reductionRegions(tiles, scratch).end),
  };
}

function gramEigenvalues(arena: Arena, M: number): Float64Array {
  const { gram, scratch } = gramRegions(M, arena.base);
  const regions = reductionRegions(Math.ceil(M / TILE), scratch);
  tridiagonalise(arena, gram, M, regions);
  const { kernels } = arena;
  const diagonal = arena.doubles(regions.diagonal, M).slice();
  const squares = arena.doubles(regions.squares, M).slice();
  const estimates = tridiagonalEigenvaluesInPlace(arena.doubles(regions.diagonal, M), arena.doubles(regions.squares, M), {
    findSplit: (first, last, negligible) => kernels.findSplit(regions.diagonal, regions.squares, first, last, negligible),
    qlStep: (first, last) => kernels.qlStep(regions.diagonal, regions.squares, first, last),
  })
    .slice()
    .sort();
  // The Gram matrix is no longer needed: its place is taken.
  return refineEigenvalues(arena, { diagonal, squares, estimates, firstIndex: 0, norm: estimates[M - 1] }, refinementRegions(M, gram));
}
