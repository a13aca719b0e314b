import { normalSampler, type Rng } from "../numeric/index.js";

/** Shape of a matrix to draw: N x M, row-major. */
export interface MatrixShape {
  readonly N: number;
  readonly M: number;
}

/** Draws one random number with mean 0 and variance 1 (if the law has a variance). */
export type Element = () => number;

/**
 * N x M independent entries from `element`, row-major. Throws `RangeError` for sides that are not positive integers.
 */
export function independentMatrix({ N, M }: MatrixShape, element: Element): Float64Array {
  if (!(Number.isInteger(N) && Number.isInteger(M) && N > 0 && M > 0))
    throw new RangeError(`a matrix needs positive integer sides, got ${N} x ${M}`);
  return Float64Array.from({ length: N * M }, element);
}

/** The W of a Wishart matrix W'W: Gaussian entries of standard deviation `sigma` [MP67]. */
export function wishart(shape: MatrixShape, rng: Rng, sigma = 1): Float64Array {
  const normal = normalSampler(rng);
  return independentMatrix(shape, () => sigma * normal());
}

/**
 * Gaussian entries plus a signal of the given strengths in units of sqrt(N): W = Z + sqrt(N) sum_k strength_k u_k v_k'
 * with u_k, v_k random orthonormal. A strength above Q^(-1/4) shows as an eigenvalue outside the bulk [BBP05].
 */
export function spiked(shape: MatrixShape, strengths: readonly number[], rng: Rng): Float64Array {
  const { N, M } = shape;
  const W = wishart(shape, rng);
  const left = orthonormal(N, strengths.length, rng);
  const right = orthonormal(M, strengths.length, rng);
  for (const [k, strength] of strengths.entries()) {
    for (let i = 0; i < N; i++) {
      const factor = strength * Math.sqrt(N) * left[k][i];
      for (let j = 0; j < M; j++) W[i * M + j] += factor * right[k][j];
    }
  }
  return W;
}

/**
 * Symmetric Pareto entries, P(|W_ij| > t) = t^-mu for t >= 1 with a random sign: the heavy-tailed ensembles of [MM19]
 * section 3.2. Throws `RangeError` for mu <= 0.
 */
export function pareto(shape: MatrixShape, mu: number, rng: Rng): Float64Array {
  if (!(mu > 0)) throw new RangeError(`pareto: mu must be positive, got ${mu}`);
  return independentMatrix(shape, () => (rng() < 0.5 ? -1 : 1) * (1 - rng()) ** (-1 / mu));
}

/**
 * Gaussian entries whose columns have the given population variances (length M): W = Z T^(1/2), the generalised
 * Marchenko-Pastur law [MP67].
 */
export function withColumnVariances({ N, M }: MatrixShape, variances: ArrayLike<number>, rng: Rng): Float64Array {
  if (variances.length !== M)
    throw new RangeError(`withColumnVariances: ${variances.length} variances for ${M} columns`);
  const W = wishart({ N, M }, rng);
  const scale = Array.from(variances, Math.sqrt);
  for (let index = 0; index < W.length; index++) W[index] *= scale[index % M];
  return W;
}

/** Reflections on each side of a matrix with a given spectrum: enough to spread it evenly over all rows and columns. */
const REFLECTIONS = 6;

/**
 * A matrix with exactly the given eigenvalues of W'W (length M), W = U diag(sqrt(lambda)) V'. U and V are products of
 * six random reflections: dense and without structure, but not uniformly distributed over the orthogonal matrices. O(N
 * M).
 */
export function withSpectrum({ N, M }: MatrixShape, eigenvalues: ArrayLike<number>, rng: Rng): Float64Array {
  if (eigenvalues.length !== M || N < M)
    throw new RangeError(`withSpectrum: ${eigenvalues.length} eigenvalues for an ${N} x ${M} matrix (N >= M)`);
  const W = new Float64Array(N * M);
  for (let k = 0; k < M; k++) W[k * M + k] = Math.sqrt(eigenvalues[k]);
  for (let pass = 0; pass < REFLECTIONS; pass++) {
    reflectRowsInPlace(W, { N, M }, orthonormal(N, 1, rng)[0]);
    reflectColumnsInPlace(W, { N, M }, orthonormal(M, 1, rng)[0]);
  }
  return W;
}

/** W <- (I - 2 u u') W. */
function reflectRowsInPlace(W: Float64Array, { N, M }: MatrixShape, u: Float64Array): void {
  const projection = new Float64Array(M);
  for (let i = 0; i < N; i++) for (let j = 0; j < M; j++) projection[j] += u[i] * W[i * M + j];
  for (let i = 0; i < N; i++) for (let j = 0; j < M; j++) W[i * M + j] -= 2 * u[i] * projection[j];
}

/** W <- W (I - 2 v v'). */
function reflectColumnsInPlace(W: Float64Array, { N, M }: MatrixShape, v: Float64Array): void {
  for (let i = 0; i < N; i++) {
    let dot = 0;
    for (let j = 0; j < M; j++) dot += W[i * M + j] * v[j];
    for (let j = 0; j < M; j++) W[i * M + j] -= 2 * dot * v[j];
  }
}

/**
 * `count` orthonormal vectors of length n, uniformly distributed: Gaussian vectors, orthogonalised twice (once loses
 * orthogonality to rounding).
 */
export function orthonormal(n: number, count: number, rng: Rng): Float64Array[] {
  if (count > n) throw new RangeError(`orthonormal: ${count} orthonormal vectors do not fit into ${n} dimensions`);
  const normal = normalSampler(rng);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const v = Float64Array.from({ length: n }, normal);
    for (let pass = 0; pass < 2; pass++) {
      for (const u of vectors) {
        let dot = 0;
        for (let i = 0; i < n; i++) dot += u[i] * v[i];
        for (let i = 0; i < n; i++) v[i] -= dot * u[i];
      }
    }
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < n; i++) v[i] /= norm;
    vectors.push(v);
  }
  return vectors;
}
