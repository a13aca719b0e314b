import { identity, reduce, rotateToDiagonal, type Tridiagonal } from "./tridiagonal.js";

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /**
   * Row i is the eigenvector of `values[i]`, of unit length; its sign is arbitrary, and its direction within a cluster
   * of equal eigenvalues too.
   */
  readonly vectors: Float64Array;
  /** False if an eigenvalue did not converge; the decomposition is then unusable. */
  readonly converged: boolean;
}

/** The largest side: 1024 takes several seconds and 16 MiB of f64. */
export const SYMMETRIC_EIGEN_LIMIT = 1024;

/**
 * All eigenvalues and eigenvectors of a symmetric n x n matrix (row-major, both triangles): Householder's reduction to
 * tridiagonal form and implicit QL steps that rotate the vectors along ([GVL13] 8.3, after EISPACK's tred2 and tql2).
 * Vectors are kept as rows, so that every inner loop runs along memory. O(n^3); residuals |A v - lambda v| of a few n
 * eps |A|. Throws `RangeError` above `SYMMETRIC_EIGEN_LIMIT` or for a wrong length.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  if (!Number.isInteger(n) || n < 1 || n > SYMMETRIC_EIGEN_LIMIT) {
    throw new RangeError(
      `symmetricEigen: the side must be a whole number from 1 to ${SYMMETRIC_EIGEN_LIMIT}, got ${n}`,
    );
  }
  if (matrix.length !== n * n)
    throw new RangeError(`symmetricEigen: found ${matrix.length} entries, expected ${n} x ${n}`);
  let largest = 0;
  for (const entry of matrix) largest = Math.max(largest, Math.abs(entry));
  if (largest === 0) return { values: new Float64Array(n), vectors: identity(n), converged: true };

  // Scaled to a largest entry of 1, so that no square overflows or underflows.
  const tridiagonal = reduce(
    matrix.map((entry) => entry / largest),
    n,
  );
  const converged = rotateToDiagonal(tridiagonal, n);
  return { ...ascending(tridiagonal, n, largest), converged };
}

function ascending(
  { diagonal, rows }: Tridiagonal,
  n: number,
  scale: number,
): Pick<SymmetricEigen, "values" | "vectors"> {
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, from * n + n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] * scale), vectors };
}
