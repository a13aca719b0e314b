import { smallSvd, thinQr } from "../numeric/small-svd.js";

/** The two factors of an adapter's product, row-major: B is out x r, A is r x in. */
export interface Factors {
  readonly out: number;
  readonly inputs: number;
  readonly rank: number;
  readonly b: ArrayLike<number>;
  readonly a: ArrayLike<number>;
}

/** The singular value decomposition of B A in the bases of its factors. */
export interface ProductSvd {
  /** The r singular values, descending. */
  readonly values: Float64Array;
  /** The factors of the best approximation of rank k: B sqrt-balanced, out x k, and A, k x in. */
  truncated(k: number): Factors & { readonly b: Float64Array; readonly a: Float64Array };
}

/**
 * Decomposes B A without forming it: B = Qb Rb, A' = Qa Ra, and Rb Ra' = U diag(s) V' is r x r, so that B A = (Qb U)
 * diag(s) (Qa V)'. The approximation of rank k is the best in the Frobenius and the spectral norm [EY36]; each factor
 * gets sqrt(s), so that both have the same norm, as in training. O((out + in) r^2 + r^3) and as much memory as the
 * factors in f64.
 */
export function productSvd({ out, inputs, rank, b, a }: Factors): ProductSvd {
  const left = thinQr(Float64Array.from(b), rank);
  const turned = new Float64Array(inputs * rank);
  for (let i = 0; i < rank; i++) for (let j = 0; j < inputs; j++) turned[j * rank + i] = a[i * inputs + j];
  const right = thinQr(turned, rank);
  const core = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++)
    for (let j = 0; j < rank; j++)
      for (let k = Math.max(i, j); k < rank; k++) core[i * rank + j] += left.r[i * rank + k] * right.r[j * rank + k];
  const { values, left: u, right: v } = smallSvd(core, rank);
  return {
    values,
    truncated(k) {
      const newB = new Float64Array(out * k);
      const newA = new Float64Array(k * inputs);
      for (let c = 0; c < k; c++) {
        const root = Math.sqrt(values[c]);
        for (let i = 0; i < out; i++)
          for (let j = 0; j < rank; j++) newB[i * k + c] += root * left.q[i * rank + j] * u[c * rank + j];
        for (let i = 0; i < inputs; i++)
          for (let j = 0; j < rank; j++) newA[c * inputs + i] += root * right.q[i * rank + j] * v[c * rank + j];
      }
      return { out, inputs, rank: k, b: newB, a: newA };
    },
  };
}

/**
 * ||B A - B' A'||_F/||B A||_F of two products of one shape, from the r x r products of their factors: no product is
 * formed. Errors below 1e-8 are rounding. 0 if both are zero.
 */
export function productError(original: Factors, other: Factors): number {
  const square = innerProduct(original, original);
  const distance = square + innerProduct(other, other) - 2 * innerProduct(original, other);
  return square > 0 ? Math.sqrt(Math.max(0, distance) / square) : 0;
}

/** tr((B A)' B' A') = sum of (B' B2)(i, j) (A A2')(i, j). */
function innerProduct(x: Factors, y: Factors): number {
  let sum = 0;
  for (let i = 0; i < x.rank; i++) {
    for (let j = 0; j < y.rank; j++) {
      let bb = 0;
      let aa = 0;
      for (let k = 0; k < x.out; k++) bb += x.b[k * x.rank + i] * y.b[k * y.rank + j];
      for (let k = 0; k < x.inputs; k++) aa += x.a[i * x.inputs + k] * y.a[j * y.inputs + k];
      sum += bb * aa;
    }
  }
  return sum;
}
