/** Unit roundoff as LAPACK's `eps` and numpy's `finfo.eps` have it. */
export const EPSILON = 2 ** -52;

/**
 * The largest matrices whose W is kept for the bidiagonal route. Bidiagonalisation is half memory-bound: at M = 1024 it costs about a second, eight times
 * as much at 2048. 2^23 entries are 64 MiB of f64.
 */
export const BIDIAGONAL_LIMIT = { M: 1024, entries: 2 ** 23 } as const;

/** Whether W is kept while its Gram matrix is summed, so that the bidiagonal route is open. */
export function keepsMatrix({ N, M }: { readonly N: number; readonly M: number }): boolean {
  return M > 1 && M <= BIDIAGONAL_LIMIT.M && N * M <= BIDIAGONAL_LIMIT.entries;
}

/** Eigenvalues of a computed Gram matrix at or below M eps lambdaMax are rounding noise: the eigenvalues of G + E with |E| of that size [GVL13, 8.1]. */
export function gramFloor(M: number, lambdaMax: number): number {
  return M * EPSILON * lambdaMax;
}

/** The same for squared singular values: those of W + E with |E| = M eps svMax. */
export function singularValueFloor(M: number, lambdaMax: number): number {
  return (M * EPSILON) ** 2 * lambdaMax;
}

/** Whether the Gram route leaves something unresolved: its smallest eigenvalue lies at or below the floor. A zero matrix is resolved. */
export function hasUnresolved(ascending: Float64Array): boolean {
  const lambdaMax = ascending[ascending.length - 1];
  return lambdaMax > 0 && ascending[0] <= gramFloor(ascending.length, lambdaMax);
}
