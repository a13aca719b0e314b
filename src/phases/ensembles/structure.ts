import { normalSampler, type Rng } from "../../numeric/index.js";
import { independentMatrix, type MatrixShape, orthonormal, wishart, withColumnVariances } from "../../rmt/index.js";

/** Gaussian entries whose rows (long side) and columns have the given variances. */
export function withProfiles(
  shape: MatrixShape,
  { rows, columns }: { readonly rows?: ArrayLike<number>; readonly columns?: ArrayLike<number> },
  rng: Rng,
): Float64Array {
  const W = columns === undefined ? wishart(shape, rng) : withColumnVariances(shape, columns, rng);
  if (rows !== undefined)
    for (let index = 0; index < W.length; index++) W[index] *= Math.sqrt(rows[Math.floor(index / shape.M)]);
  return W;
}

/** Keeps each entry with probability `kept` and sets the others to zero. */
export function masked(W: Float64Array, kept: number, rng: Rng): Float64Array {
  return W.map((value) => (rng() < kept ? value : 0));
}

/** Sets `count` whole rows of the long side to zero. */
export function withDeadRows(W: Float64Array, { N, M }: MatrixShape, count: number, rng: Rng): Float64Array {
  const dead = chosen(N, count, rng);
  return W.map((value, index) => (dead.has(Math.floor(index / M)) ? 0 : value));
}

/** Sets `count` whole columns (short side) to zero. */
export function withDeadColumns(W: Float64Array, { M }: MatrixShape, count: number, rng: Rng): Float64Array {
  const dead = chosen(M, count, rng);
  return W.map((value, index) => (dead.has(index % M) ? 0 : value));
}

/** `count` random indices out of n. */
export function chosen(n: number, count: number, rng: Rng): Set<number> {
  const indices = Array.from({ length: n }, (_, k) => k);
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(rng() * (n - k));
    [indices[k], indices[other]] = [indices[other], indices[k]];
  }
  return new Set(indices.slice(0, count));
}

/** An N x M product of Gaussian factors with the given inner dimensions, each scaled to keep variance 1. */
export function gaussianProduct({ N, M }: MatrixShape, inner: readonly number[], rng: Rng): Float64Array {
  const sides = [N, ...inner, M];
  let left = wishart({ N, M: sides[1] }, rng);
  for (let k = 1; k < sides.length - 1; k++) {
    left = product(left, wishart({ N: sides[k], M: sides[k + 1] }, rng), [N, sides[k], sides[k + 1]]);
    const scale = 1 / Math.sqrt(sides[k]);
    for (let i = 0; i < left.length; i++) left[i] *= scale;
  }
  return left;
}

function product(A: Float64Array, B: Float64Array, [n, k, m]: readonly [number, number, number]): Float64Array {
  const C = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < k; l++) {
      const a = A[i * k + l];
      if (a === 0) continue;
      for (let j = 0; j < m; j++) C[i * m + j] += a * B[l * m + j];
    }
  }
  return C;
}

/**
 * A low-rank factor of `rank` Gaussian directions, entries of variance 1, plus Gaussian noise of standard deviation
 * `noise`.
 */
export function lowRank(
  { N, M }: MatrixShape,
  { rank, noise }: { readonly rank: number; readonly noise: number },
  rng: Rng,
): Float64Array {
  const W = product(wishart({ N, M: rank }, rng), wishart({ N: rank, M }, rng), [N, rank, M]);
  const normal = normalSampler(rng);
  return W.map((value) => value / Math.sqrt(rank) + (noise === 0 ? 0 : noise * normal()));
}

/** Orthonormal columns times sqrt(N): entries of variance 1. O(N M^2). */
export function orthogonal({ N, M }: MatrixShape, rng: Rng): Float64Array {
  const columns = orthonormal(N, M, rng);
  const W = new Float64Array(N * M);
  for (let j = 0; j < M; j++) for (let i = 0; i < N; i++) W[i * M + j] = columns[j][i] * Math.sqrt(N);
  return W;
}

/** W_ij = g_(i-j), a Toeplitz matrix of independent numbers; circulant (i - j modulo N) if `wrapped`. */
export function toeplitz({ N, M }: MatrixShape, wrapped: boolean, rng: Rng): Float64Array {
  const normal = normalSampler(rng);
  const g = Float64Array.from({ length: N + M }, normal);
  const W = new Float64Array(N * M);
  for (let i = 0; i < N; i++) for (let j = 0; j < M; j++) W[i * M + j] = g[wrapped ? (i - j + N) % N : i - j + M];
  return W;
}

/**
 * Entries of variance 1; neighbouring columns (or rows of the long side) are correlated like an autoregressive process
 * with coefficient `rho`.
 */
export function correlated(shape: MatrixShape, rho: number, along: "columns" | "rows", rng: Rng): Float64Array {
  const { N, M } = shape;
  const W = wishart(shape, rng);
  const rest = Math.sqrt(1 - rho * rho);
  const step = along === "columns" ? 1 : M;
  for (let index = 0; index < N * M; index++) {
    const first = along === "columns" ? index % M === 0 : index < M;
    if (!first) W[index] = rho * W[index - step] + rest * W[index];
  }
  return W;
}

/** `blocks` Gaussian blocks on the diagonal, zeros elsewhere. */
export function blockDiagonal({ N, M }: MatrixShape, blocks: number, rng: Rng): Float64Array {
  const normal = normalSampler(rng);
  let index = 0;
  return independentMatrix({ N, M }, () => {
    const [i, j] = [Math.floor(index / M), index++ % M];
    return Math.floor((i * blocks) / N) === Math.floor((j * blocks) / M) ? normal() : 0;
  });
}

/** W plus `factor` times another matrix of the same shape. */
export function plus(W: Float64Array, factor: number, other: Float64Array): Float64Array {
  return W.map((value, index) => value + factor * other[index]);
}
