import type { DenseMatrix } from "./dense-matrix.js";
import { reflectorOf } from "./reflector.js";

/**
 * Golub and Kahan's bidiagonalisation of W [GVL13, algorithm 5.4.2], reflectors from the left and the right
 * alternately. Returns the diagonal and the superdiagonal. 4 N M^2 - 4/3 M^3 operations.
 */
export function bidiagonalise({ N, M, entries }: DenseMatrix): {
  readonly diagonal: Float64Array;
  readonly superdiagonal: Float64Array;
} {
  const A = entries.slice();
  const diagonal = new Float64Array(M);
  const superdiagonal = new Float64Array(M);
  for (let k = 0; k < M; k++) {
    const left = reflectorOf(Float64Array.from({ length: N - k }, (_, i) => A[(k + i) * M + k]));
    diagonal[k] = left.beta;
    if (k === M - 1) break;
    if (left.tau !== 0) reflectRows(A, { M, k, v: left.v, tau: left.tau });
    const right = reflectorOf(A.subarray(k * M + k + 1, (k + 1) * M));
    superdiagonal[k] = right.beta;
    if (right.tau !== 0) reflectColumns(A, { M, k, v: right.v, tau: right.tau });
  }
  return { diagonal, superdiagonal };
}

interface OneSided {
  readonly M: number;
  readonly k: number;
  readonly v: Float64Array;
  readonly tau: number;
}

/** Rows k ..., columns k + 1 ...: A -= tau v (v'A). */
function reflectRows(A: Float64Array, { M, k, v, tau }: OneSided): void {
  const products = new Float64Array(M);
  for (let i = 0; i < v.length; i++) {
    for (let j = k + 1; j < M; j++) products[j] += v[i] * A[(k + i) * M + j];
  }
  for (let i = 0; i < v.length; i++) {
    for (let j = k + 1; j < M; j++) A[(k + i) * M + j] -= tau * v[i] * products[j];
  }
}

/** Rows k + 1 ..., columns k + 1 ...: A -= tau (A v) v'. */
function reflectColumns(A: Float64Array, { M, k, v, tau }: OneSided): void {
  for (let row = (k + 1) * M; row < A.length; row += M) {
    let product = 0;
    for (let j = 0; j < v.length; j++) product += A[row + k + 1 + j] * v[j];
    for (let j = 0; j < v.length; j++) A[row + k + 1 + j] -= tau * product * v[j];
  }
}
