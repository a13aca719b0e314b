import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import { SYMMETRIC_EIGEN_LIMIT, symmetricEigen } from "../numeric/symmetric-eigen.js";
import { singularValuesInPlace } from "./bidiagonal-qr.js";
import { assertSmallerSide, type EigenvectorSolver, eigenvectorTask } from "./eigenvectors/eigenvector-task.js";
import type { EigenvectorRequest, SpectralEngine } from "./engine.js";
import { ascendingEigenvalues, type MatrixSolver } from "./matrix-solver.js";
import { bidiagonalise } from "./reference/bidiagonal.js";
import { joinBlocks } from "./reference/dense-matrix.js";
import { gramMatrix } from "./reference/gram.js";
import { tridiagonaliseInPlace } from "./reference/tridiagonal.js";
import { tridiagonalEigenvaluesInPlace } from "./root-free-ql.js";
import { gramFloor, hasUnresolved, keepsMatrix, singularValueFloor } from "./route.js";
import { assertStackShape, stackTask } from "./stack-task.js";

/** Entries of one matrix: 1 GiB of f64, about an hour of this engine's work. */
const MAX_ENTRIES = 2 ** 27;

/**
 * The engine to read, and to check others against: the textbook algorithms in plain TypeScript, with the whole matrix
 * in memory and without blocking. Same routes, floors and limits as the WebAssembly engine; f64 whatever precision is
 * requested. About 1 GFLOP/s: 1024 x 1024 takes some seconds.
 */
export function createReferenceEngine(): SpectralEngine {
  let busy = false;
  return {
    name: "reference",
    begin(shape) {
      assertStackShape(shape);
      if (shape.rows * shape.cols > MAX_ENTRIES) {
        throw new RangeError(
          `a ${shape.rows} x ${shape.cols} matrix is past the ${MAX_ENTRIES} entries that the reference ` +
            "engine takes; use the wasm engine",
        );
      }
      if (busy) throw new Error("begin: the engine is busy with another stack; finish or cancel that first");
      busy = true;
      return stackTask(shape, referenceSolver(shape), () => {
        busy = false;
      });
    },
    beginEigenvectors(shape, { side, onMatrix }) {
      assertSmallerSide(shape, side);
      const M = Math.min(shape.rows, shape.cols);
      if (M > SYMMETRIC_EIGEN_LIMIT)
        throw new RangeError(
          `the reference engine computes eigenvectors up to M = ${SYMMETRIC_EIGEN_LIMIT}, got ${M}; use the ` +
            "wasm engine",
        );
      return eigenvectorTask(shape, referenceEigenvectors(shape, side), onMatrix);
    },
  };
}

function referenceEigenvectors({ rows, cols }: StackShape, side: EigenvectorRequest["side"]): EigenvectorSolver {
  let blocks: Values[] = [];
  return {
    begin() {
      blocks = [];
    },
    take(values) {
      blocks.push(values.slice());
    },
    solve() {
      const W = joinBlocks(blocks, { rows, cols, wide: side === "rows" });
      const { M, exponent } = W;
      const gram = gramMatrix(W);
      for (let i = 0; i < M; i++) for (let j = 0; j < i; j++) gram[j * M + i] = gram[i * M + j];
      const { values, vectors, converged } = symmetricEigen(gram, M);
      if (!converged) throw new Error(`the eigenvectors of a ${rows} x ${cols} matrix did not converge`);
      return { values: values.map((value) => value * 4 ** exponent), vectors };
    },
    release() {
      blocks = [];
    },
  };
}

function referenceSolver(shape: StackShape): MatrixSolver {
  let blocks: Values[] = [];
  return {
    begin() {
      blocks = [];
    },
    take(rows) {
      blocks.push(rows.slice());
    },
    solve() {
      const W = joinBlocks(blocks, shape);
      const { M, exponent } = W;
      const { diagonal, squares } = tridiagonaliseInPlace(gramMatrix(W), M);
      const eigenvalues = ascendingEigenvalues(tridiagonalEigenvaluesInPlace(diagonal, squares), exponent);
      if (!hasUnresolved(eigenvalues) || !keepsMatrix(W)) {
        return { eigenvalues, resolvedFloor: gramFloor(M, eigenvalues[M - 1]), route: "gram" };
      }
      const bidiagonal = bidiagonalise(W);
      const singular = singularValuesInPlace(bidiagonal.diagonal, bidiagonal.superdiagonal);
      const resolved = ascendingEigenvalues(
        singular.map((value) => value * value),
        exponent,
      );
      return { eigenvalues: resolved, resolvedFloor: singularValueFloor(M, resolved[M - 1]), route: "bidiagonal" };
    },
    release() {
      blocks = [];
    },
  };
}
