import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import type { Precision, SpectralEngine } from "../../spectra/engine.js";
import type { MatrixSolver } from "../../spectra/matrix-solver.js";
import { routedSolver } from "../../spectra/routed-solver.js";
import { assertStackShape, stackTask } from "../../spectra/stack-task.js";
import { type TridiagonalSolver, tridiagonalSolver } from "../../spectra/wasm/tridiagonal.js";
import type { BlasLibrary, Reals } from "./blas-library.js";
import { type GramBuffers, gramPanels, panelRows, turn } from "./gram-panel.js";

/**
 * The largest side: 8 GiB of f64 and about half an hour on one core. It keeps every length within 32-bit integers,
 * which most libraries have.
 */
const MAX_SIDE = 32_768;

export interface NativeEngineOptions {
  /** Bytes that one matrix may use; `begin` throws above this. Default: only the side is limited. */
  readonly memory?: number;
}

/**
 * The native engine over an opened library: ?syrk on panels of rows as they arrive, ?sytrd_sy2sb and ?sytrd_sb2st (or
 * ?sytrd) to tridiagonal form. From there it uses the embedded engine's own refined QL, because LAPACK's drifts past 50
 * eps * lambdaMax at M = 2049. O(N M^2 + 4/3 M^3). Same precisions, routes and floors as the embedded engine: "mixed"
 * multiplies 256 rows at once in f32 and sums in f64, "f32" reduces in f32 too. A small matrix is solved again in f64
 * if that leaves eigenvalues unresolved, and from W itself (?gesdd) if f64 does.
 *
 * Memory: 8 M^2 bytes for the Gram matrix (12 below f64), 8 KiB per column for the panel, some 1 KiB per column for
 * workspaces (M = 4096: 176 MiB), and W itself if it is wide or small. The same rows give the same bits however they
 * are cut into blocks, for one library, core type and number of threads.
 */
export function createNativeEngine(
  library: BlasLibrary,
  { memory = Number.POSITIVE_INFINITY }: NativeEngineOptions = {},
): SpectralEngine {
  const tools: Tools = { library, room: workspace(), solveTridiagonal: tridiagonalSolver() };
  let busy = false;
  return {
    name: "native",
    begin(shape, { precision = "f64" } = {}) {
      assertStackShape(shape);
      assertFits(shape, memory);
      if (busy) throw new Error("begin: the engine is busy with another stack; finish or cancel that first");
      busy = true;
      return stackTask(shape, nativeSolver(shape, precision, tools), () => {
        busy = false;
      });
    },
  };
}

/** Throws `RangeError` for a matrix that exceeds the engine's limits. */
function assertFits({ rows, cols }: StackShape, memory: number): void {
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const kept = rows < cols ? rows * cols * 8 : 0;
  const bytes = M * M * 12 + panelRows(N, "f64") * M * 8 + M * 1024 + kept;
  if (M > MAX_SIDE || bytes > memory) {
    const limit = M > MAX_SIDE ? `the native engine takes sides up to ${MAX_SIDE}` : `${gib(memory)} GiB are available`;
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

function nativeSolver(
  { rows, cols }: StackShape,
  asked: Precision,
  { library, room, solveTridiagonal }: Tools,
): MatrixSolver {
  const sides = { N: Math.max(rows, cols), M: Math.min(rows, cols), wide: rows < cols };
  const { N, M } = sides;
  let buffers: GramBuffers;
  return routedSolver(sides, asked, {
    begin(precision) {
      const inF64 = precision === "f64";
      const panelLength = panelRows(N, inF64 ? "f64" : "f32") * M;
      buffers = {
        gram: room.doubles("gram", M * M),
        panel: inF64 ? room.doubles("panel", panelLength) : room.singles("panel", panelLength),
        product: inF64 ? undefined : room.singles("product", M * M),
      };
      return gramPanels(library, buffers, M);
    },
    gramEigenvalues(precision) {
      const C =
        precision === "f32" && buffers.product !== undefined ? rounded(buffers.gram, buffers.product) : buffers.gram;
      if (M === 1) return Float64Array.of(C[0]);
      const { diagonal, offDiagonal } = library.tridiagonaliseInPlace(C, M);
      const squares = doubles(offDiagonal).map((value) => value * value);
      return solveTridiagonal(doubles(diagonal), squares, precision === "f64");
    },
    singularValues: (kept, exponent) => doubles(library.singularValuesInPlace(joined(kept, sides, exponent), M, N)),
  });
}

/** The f64 matrix rounded to f32, in the given buffer. */
function rounded(matrix: Float64Array, room: Float32Array): Float32Array {
  room.set(matrix);
  return room;
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

/**
 * Buffers that are kept from one matrix to the next and grow to the largest, so that the garbage collector has nothing
 * to do between matrices.
 */
interface Workspace {
  doubles(name: string, length: number): Float64Array;
  singles(name: string, length: number): Float32Array;
}

function workspace(): Workspace {
  const kept = new Map<string, ArrayBuffer>();
  const take = (name: string, bytes: number): ArrayBuffer => {
    let buffer = kept.get(name);
    if (buffer === undefined || buffer.byteLength < bytes) {
      // Frees the old buffer before the new one is allocated.
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
