import type { StackShape } from "../layers/layer.js";
import { assertSmallerSide, eigenvectorTask } from "./eigenvectors/eigenvector-task.js";
import type { BeginOptions, Precision, SpectralEngine } from "./engine.js";
import type { MatrixSolver } from "./matrix-solver.js";
import { tridiagonalEigenvaluesInPlace } from "./root-free-ql.js";
import { firstPrecision, keepsMatrix } from "./route.js";
import { gramSpectrum, type MatrixSides, routedSolver } from "./routed-solver.js";
import { assertStackShape, stackTask } from "./stack-task.js";
import { type Arena, doubles, openArena } from "./wasm/arena.js";
import { bidiagonalRegions, singularValues } from "./wasm/bidiagonal-stage.js";
import { wasmEigenvectorSolver } from "./wasm/eigenvector-solver.js";
import { gramRegions, panelType } from "./wasm/engine-memory.js";
import { beginGram } from "./wasm/gram-stage.js";
import type { Build } from "./wasm/kernel-builds.js";
import { preferredBuild } from "./wasm/kernels.js";
import { reductionRegions, tridiagonalise } from "./wasm/reduction.js";
import { refineEigenvalues, refinementRegions } from "./wasm/refinement.js";
import { lowerTriangle, TILE } from "./wasm/tile.js";
import { beginWideGram, type WideGram, type WidePlan, widePlan } from "./wasm/wide-gram.js";

export interface WasmEngineOptions {
  /** "fused" needs relaxed SIMD. Default: fused if the host has it. */
  readonly build?: Build;
}

/**
 * The default engine: WebAssembly with 128-bit SIMD, O(N M^2 + 4/3 M^3).
 *
 * The Gram matrix of the smaller side is summed as rows arrive, so that a tall matrix is never held in memory as a
 * whole. A wide one is kept as it is, or read in several passes if it has more than 2^26 entries. The Gram matrix is
 * reduced to a band of 32, and that to a tridiagonal matrix. Its eigenvalues are computed by root-free QL and, in f64,
 * refined by bisection. In "mixed" precision, products and sums over 256 rows are f32 and all later steps f64; in "f32"
 * the reduction to the band is f32 too. If the smallest eigenvalue lies at or below the floor of the precision
 * (`precisionFloor`) and the matrix is small enough (`BIDIAGONAL_LIMIT`), the matrix is solved again in f64. If that is
 * not enough, the singular values of W itself are computed.
 *
 * Memory: see `engineBytes`. `begin` throws `RangeError` if that exceeds 4 GiB (M about 30,000). The same rows give the
 * same bits however they are cut into blocks and whatever the number of threads. The two builds of the kernels (with
 * and without fused multiply-add) differ in the last bits.
 */
export function createWasmEngine({ build = preferredBuild() }: WasmEngineOptions = {}): SpectralEngine {
  let arena: Arena | undefined;
  let busy = false;
  const assertFree = (): void => {
    if (busy) throw new Error("begin: the engine is busy with another stack; finish or cancel that first");
  };
  const opener =
    (shape: StackShape) =>
    (bytes: number): Arena => {
      arena = openArena({ bytes, build, subject: `a ${shape.rows} x ${shape.cols} matrix` }, arena);
      return arena;
    };
  const end = (): void => {
    arena?.team.close();
    busy = false;
  };
  return {
    name: "wasm",
    begin(shape, options = {}) {
      assertStackShape(shape);
      assertFree();
      const solver = wasmSolver(shape, options, opener(shape));
      busy = true;
      return stackTask(shape, solver, end);
    },
    beginEigenvectors(shape, { side, onMatrix }) {
      assertSmallerSide(shape, side);
      assertFree();
      const solver = wasmEigenvectorSolver(shape, side, opener(shape));
      busy = true;
      return eigenvectorTask(shape, { ...solver, release: () => [solver.release(), end()] }, onMatrix);
    },
  };
}

/** Operations above which threads within a matrix pay: about 40 ms of one thread. */
const MIN_SHARED_OPERATIONS = 1e9;

function wasmSolver(
  { count, rows, cols }: StackShape,
  { precision: asked = "f64", onHelpWanted }: BeginOptions,
  open: (bytes: number) => Arena,
): MatrixSolver {
  const sides = { N: Math.max(rows, cols), M: Math.min(rows, cols), wide: rows < cols };
  const { N, M } = sides;
  const small = keepsMatrix(sides);
  const precision = firstPrecision(sides, asked);
  const plan = count === 1 && sides.wide && !small ? widePlan(sides, panelType(precision)) : undefined;
  let arena = open(gramRegions(sides, { precision, plan }, 0).end);
  if (onHelpWanted !== undefined && !small && N * M ** 2 + (4 / 3) * M ** 3 > MIN_SHARED_OPERATIONS) {
    const wanted = arena.team.open(arena.build);
    if (wanted !== undefined) onHelpWanted(wanted);
  }
  if (plan !== undefined) return solverInPasses(sides, { precision, plan, arena });

  return routedSolver(sides, asked, {
    begin(arithmetic) {
      arena = open(gramRegions(sides, { precision: arithmetic }, 0).end);
      return beginGram(arena, gramRegions(sides, { precision: arithmetic }, arena.base), {
        M,
        type: panelType(arithmetic),
      });
    },
    gramEigenvalues: (arithmetic) => gramEigenvalues(arena, M, arithmetic),
    singularValues(kept, exponent) {
      arena = open(bidiagonalRegions(sides, 0).end);
      return singularValues(arena, kept, { ...sides, exponent });
    },
  });
}

interface InPasses {
  readonly precision: Precision;
  readonly plan: WidePlan;
  readonly arena: Arena;
}

/** A large wide matrix, read several times instead of being kept. */
function solverInPasses(sides: MatrixSides, { precision, plan, arena }: InPasses): MatrixSolver {
  const { N, M } = sides;
  let gram: WideGram;
  return {
    passes: plan.passes,
    keepsRows: false,
    begin() {
      const { gram: to, wide: regions } = gramRegions(sides, { precision, plan }, arena.base);
      gram = beginWideGram(arena, { gram: to, ...regions }, { N, M, type: panelType(precision), plan });
    },
    take: (values) => gram.takeRows(values),
    solve() {
      const exponent = gram.finish();
      return gramSpectrum(sides, { values: gramEigenvalues(arena, M, precision), exponent, precision });
    },
    release() {},
  };
}

function gramEigenvalues(arena: Arena, M: number, precision: Precision): Float64Array {
  const { kernels } = arena;
  const { gram, scratch } = gramRegions({ N: M, M }, { precision }, arena.base);
  const tiles = Math.ceil(M / TILE);
  const regions = reductionRegions(tiles, scratch);
  const type = precision === "f32" ? "F32" : "F64";
  if (type === "F32") kernels.narrowInPlace(gram, lowerTriangle(tiles) * TILE * TILE);
  tridiagonalise(arena, gram, { M, type }, regions);
  const diagonal = doubles(arena, regions.diagonal, M).slice();
  const squares = doubles(arena, regions.squares, M).slice();
  const estimates = tridiagonalEigenvaluesInPlace(
    doubles(arena, regions.diagonal, M),
    doubles(arena, regions.squares, M),
    {
      findSplit: (first, last, negligible) =>
        kernels.findSplit(regions.diagonal, regions.squares, first, last, negligible),
      qlStep: (first, last) => kernels.qlStep(regions.diagonal, regions.squares, first, last),
    },
  )
    .slice()
    .sort();
  // The drift that bisection removes, tens of eps, is far below the roundings of f32.
  if (precision !== "f64") return estimates;
  // The Gram matrix is no longer needed: its memory is reused.
  return refineEigenvalues(
    arena,
    { diagonal, squares, estimates, firstIndex: 0, norm: estimates[M - 1] },
    refinementRegions(M, gram),
  );
}
