import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import type { SpectralEngine } from "../../spectra/engine.js";
import { ascendingEigenvalues, type MatrixSolver } from "../../spectra/matrix-solver.js";
import { gramFloor, hasUnresolved, keepsMatrix, singularValueFloor } from "../../spectra/route.js";
import { assertStackShape, stackTask } from "../../spectra/stack-task.js";
import { type TridiagonalSolver, tridiagonalSolver } from "../../spectra/wasm/tridiagonal.js";
import type { BlasLibrary, Reals } from "./blas-library.js";
import { type GramBuffers, gramPanels, PANEL_ROWS, turn } from "./gram-panel.js";

/** The largest side: 8 GiB of f64 and about half an hour on one core. It keeps every length within 32-bit integers, which most libraries have. */
const LARGEST_SIDE = 32_768;

/** Arithmetic: all in f64; products in f32 with f64 sums over panels, and f64 from there; or f32 up to the tridiagonal matrix. */
export type NativePrecision = "f64" | "mixed" | "f32";

/** Unit roundoff of f32, as `EPSILON` is that of f64. */
const EPSILON_F32 = 2 ** -23;

export interface NativeEngineOptions {
  /** Bytes that one matrix may take; `begin` throws above. Default: no limit but that of the side. */
  readonly memory?: number;
}

/**
 * The native engine over an opened library: ?syrk on panels of 1024 rows as they come, ?sytrd_2stage (or ?sytrd) to tridiagonal form, and from
 * there the embedded engine's own refined QL, since LAPACK's drifts past 50 eps * lambdaMax at M = 2049. O(N M^2 + 4/3 M^3).
 * Same routes, floors and limits of the bidiagonal route (?gesdd) as the embedded engine. With less than f64 there is the Gram route alone, and the floor is
 * M 2^-23 lambdaMax: a bound, not the error, which is some 1e-7 lambdaMax (mixed) and 1e-6 (f32) at M = 1024.
 *
 * Memory: 8 M^2 bytes for the Gram matrix, 8 KiB a column for the panel, about 1 KiB a column for workspaces (M = 4096: 176 MiB), and a kept W where it
 * is wide or small. The same rows give the same bits however they are cut into blocks, for one library, core type and number of threads.
 */
export function createNativeEngine(library: BlasLibrary, { memory = Number.POSITIVE_INFINITY }: NativeEngineOptions = {}): SpectralEngine {
  const tools: Tools = { library, room: workspace(), solveTridiagonal: tridiagonalSolver() };
  let busy = false;
  return {
    name: "native",
    begin(shape: StackShape, { precision = "f64" }: { readonly precision?: NativePrecision } = {}) {
      assertStackShape(shape);
      assertFits(shape, memory);
      if (busy) throw new Error("begin: the engine is at work on another stack; finish or cancel that first");
      busy = true;
      return stackTask(shape, nativeSolver(shape, precision, tools), () => {
        busy = false;
      });
    },
  };
}

/** Throws `RangeError` for a matrix past the engine's limits. */
function assertFits({ rows, cols }: StackShape, memory: number): void {
  const M = Math.min(rows, cols);
  const kept = rows < cols ? rows * cols * 8 : 0;
  const bytes = M * M * 8 + Math.min(PANEL_ROWS, Math.max(rows, cols)) * M * 8 + M * 1024 + kept;
  if (M > LARGEST_SIDE || bytes > memory) {
    const limit = M > LARGEST_SIDE ? `the native engine takes sides up to ${LARGEST_SIDE}` : `${gib(memory)} GiB are there`;
    throw new RangeError(`a ${rows} x ${cols} matrix needs ${gib(bytes)} GiB, and ${limit}`);
  }
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

interface Tools {
  readonly library: BlasLibrary;
  readonly room: Workspace;
  readonly solveTridiagonal: TridiagonalSolver;
}

function nativeSolver({ rows, cols }: StackShape, precision: NativePrecision, { library, room, solveTridiagonal }: Tools): MatrixSolver {
  const shape = { N: Math.max(rows, cols), M: Math.min(rows, cols), wide: rows < cols };
  const { N, M, wide } = shape;
  const keeps = wide || keepsMatrix(shape);
  let kept: Values[] = [];
  let buffers: GramBuffers;
  let gram: ReturnType<typeof gramPanels>;

  const gramEigenvalues = (C: Reals): Float64Array => {
    if (M === 1) return Float64Array.of(C[0]);
    const { diagonal, offDiagonal } = library.tridiagonaliseInPlace(C, M);
    return solveTridiagonal(
      doubles(diagonal),
      doubles(offDiagonal).map((value) => value * value),
    );
  };

  return {
    begin() {
      kept = [];
      const panelLength = Math.min(PANEL_ROWS, N) * M;
      buffers = {
        gram: precision === "f32" ? room.singles("gram", M * M) : room.doubles("gram", M * M),
        panel: precision === "f64" ? room.doubles("panel", panelLength) : room.singles("panel", panelLength),
        product: precision === "mixed" ? room.singles("product", M * M) : undefined,
      };
      gram = gramPanels(library, buffers, M);
    },
    take(values) {
      if (keeps) kept.push(values);
      if (!wide) gram.takeRows(values);
    },
    solve() {
      if (wide) gram.takeWide(kept, N);
      const exponent = gram.finish();
      const eigenvalues = ascendingEigenvalues(gramEigenvalues(buffers.gram), exponent);
      const lambdaMax = eigenvalues[M - 1];
      // The rounding of f32 stands far above what the bidiagonal route would resolve: that is for f64.
      if (precision !== "f64") return { eigenvalues, resolvedFloor: M * EPSILON_F32 * lambdaMax, route: "gram" };
      if (!hasUnresolved(eigenvalues) || !keepsMatrix(shape)) {
        return { eigenvalues, resolvedFloor: gramFloor(M, lambdaMax), route: "gram" };
      }
      const W = joined(kept, shape, exponent);
      const squares = doubles(library.singularValuesInPlace(W, M, N)).map((value) => value * value);
      const resolved = ascendingEigenvalues(squares, exponent);
      return { eigenvalues: resolved, resolvedFloor: singularValueFloor(M, resolved[M - 1]), route: "bidiagonal" };
    },
    release() {
      kept = [];
    },
  };
}

/** 2^-exponent W' in column-major order, which is W in row-major order. */
function joined(
  blocks: readonly Values[],
  { N, M, wide }: { readonly N: number; readonly M: number; readonly wide: boolean },
  exponent: number,
): Float64Array {
  const W = new Float64Array(N * M);
  const scale = 2 ** -exponent;
  let taken = 0;
  for (const block of blocks) {
    if (wide) turn(block, W, { N, from: 0, rows: N, M, column: taken / N, scale });
    else for (let i = 0; i < block.length; i++) W[taken + i] = block[i] * scale;
    taken += block.length;
  }
  return W;
}

function doubles(values: Reals): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/** Buffers that are kept from one matrix to the next and grow to the largest: nothing is left to the garbage collector while matrices follow each other. */
interface Workspace {
  doubles(name: string, length: number): Float64Array;
  singles(name: string, length: number): Float32Array;
}

function workspace(): Workspace {
  const kept = new Map<string, ArrayBuffer>();
  const take = (name: string, bytes: number): ArrayBuffer => {
    let buffer = kept.get(name);
    if (buffer === undefined || buffer.byteLength < bytes) {
      // The old one goes before the new one comes.
      kept.delete(name);
      buffer = new ArrayBuffer(bytes);
      kept.set(name, buffer);
    }
    return buffer;
  };
  return {
    doubles: (name, length) => new Float64Array(take(name, length * 8), 0, length),
    singles: (name, length) => new Float32Array(take(name, length * 4), 0, length),
  };
}
