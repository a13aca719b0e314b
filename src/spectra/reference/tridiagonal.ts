import { reflectorOf } from "./reflector.js";

/**
 * Reduces the symmetric n x n matrix, given by its lower half (row-major, overwritten), to tridiagonal form by
 * Householder reflectors [GVL13, algorithm 8.3.1]. Returns the diagonal and the squared subdiagonal. 4/3 n^3
 * operations.
 */
export function tridiagonaliseInPlace(
  lower: Float64Array,
  n: number,
): { readonly diagonal: Float64Array; readonly squares: Float64Array } {
  const diagonal = new Float64Array(n);
  const squares = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    diagonal[k] = lower[k * n + k];
    const column = Float64Array.from({ length: n - k - 1 }, (_, i) => lower[(k + 1 + i) * n + k]);
    const { v, tau, beta } = reflectorOf(column);
    squares[k] = beta * beta;
    if (tau !== 0) reflectBothSides(lower, { n, from: k + 1, v, tau });
  }
  diagonal[n - 1] = lower[n * n - 1];
  return { diagonal, squares };
}

interface TwoSided {
  readonly n: number;
  readonly from: number;
  readonly v: Float64Array;
  readonly tau: number;
}

/** The trailing block A becomes HAH = A - v w' - w v', w = tau A v - 1/2 tau^2 (v'Av) v. */
function reflectBothSides(lower: Float64Array, { n, from, v, tau }: TwoSided): void {
  const length = v.length;
  const w = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const row = (from + i) * n + from;
    let sum = lower[row + i] * v[i];
    for (let j = 0; j < i; j++) {
      sum += lower[row + j] * v[j];
      w[j] += lower[row + j] * v[i];
    }
    w[i] += sum;
  }
  let product = 0;
  for (let i = 0; i < length; i++) product += v[i] * w[i];
  for (let i = 0; i < length; i++) w[i] = tau * w[i] - 0.5 * tau * tau * product * v[i];
  for (let i = 0; i < length; i++) {
    const row = (from + i) * n + from;
    for (let j = 0; j <= i; j++) lower[row + j] -= v[i] * w[j] + w[i] * v[j];
  }
}
