import type { MatrixSource } from "../../layers/layer.js";
import { normalSampler, type Rng } from "../../numeric/random.js";
import { SYMMETRIC_EIGEN_LIMIT, symmetricEigen } from "../../numeric/symmetric-eigen.js";
import { blockLanczos, type RitzPairs } from "../lanczos/block-lanczos.js";
import { gramProducts } from "../lanczos/gram-operator.js";
import { addInPlace, dot } from "../lanczos/orthogonal.js";
import { together } from "../lanczos/together.js";
import { assertStackShape } from "../stack-task.js";

/** Eigenpairs of W'W, the largest first. */
export interface Eigenpairs {
  readonly values: Float64Array;
  /**
   * Right singular vectors of W (of its transpose if it is stored wide): of length M and norm 1, orthogonal; their
   * signs are arbitrary.
   */
  readonly vectors: readonly Float64Array[];
  /**
   * |W'W v - lambda v|: an eigenvalue lies within it. The error of the vector is about this divided by the distance to
   * the next eigenvalue.
   */
  readonly residuals: Float64Array;
}

export interface EigenvectorOptions {
  /** All (M up to 1024), or this many from the top. */
  readonly which: "all" | { readonly top: number };
  /** Draws the start of block Lanczos; required for the top. */
  readonly rng?: Rng;
  /** How often the matrix is read for the top. Default 40. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
}

/** Extra columns of the block: the wanted eigenvalues then converge at the rate of those far below them. */
const EXTRA_COLUMNS = 4;

/**
 * Eigenvalues and eigenvectors of W'W. All: the rows are read once by a dense solver, O(N M^2 + 6 M^3). The top: block
 * Lanczos with residuals, O(4 N M (top + 4) steps). It runs on the caller's thread: all of M = 1024 block it for
 * several seconds, and `signal` is checked only between blocks of rows. A pool's `eigenvectors` computes all of them in
 * a worker. Throws `RangeError` for a stack of several matrices, for all of more than 1024, and for more from the top
 * than the basis of block Lanczos holds.
 */
export async function eigenvectorsOf(
  source: MatrixSource,
  { which, rng, steps = 40, signal }: EigenvectorOptions,
): Promise<Eigenpairs> {
  assertStackShape(source);
  if (source.count !== 1)
    throw new RangeError(`eigenvectorsOf: found a stack of ${source.count} matrices, expected one`);
  const M = Math.min(source.rows, source.cols);
  if (which === "all") return allEigenpairs(source, M, signal);
  if (rng === undefined) throw new RangeError("eigenvectorsOf: the top of a spectrum needs an rng to start from");
  const most = Math.min(M, SYMMETRIC_EIGEN_LIMIT);
  if (!Number.isInteger(which.top) || which.top < 1 || which.top > most)
    throw new RangeError(`eigenvectorsOf: top must be a whole number from 1 to ${most}, got ${which.top}`);
  const normal = normalSampler(rng);
  const starts = Array.from({ length: Math.min(M, which.top + EXTRA_COLUMNS) }, () =>
    Float64Array.from({ length: M }, normal),
  );
  const { results } = await together([blockLanczos(starts, { steps, count: which.top })], { source, signal });
  const { values, residuals, vectors } = results[0] as RitzPairs;
  return { values: values.map((value) => Math.max(0, value)), vectors, residuals };
}

async function allEigenpairs(source: MatrixSource, M: number, signal?: AbortSignal): Promise<Eigenpairs> {
  if (M > SYMMETRIC_EIGEN_LIMIT) {
    throw new RangeError(
      `eigenvectorsOf: all eigenvectors are computed up to M = ${SYMMETRIC_EIGEN_LIMIT}, got ${M}; ask for the top`,
    );
  }
  // The products with the unit vectors are the columns of W'W.
  const units = Array.from({ length: M }, (_, j) => Float64Array.from({ length: M }, (_, i) => (i === j ? 1 : 0)));
  const { products: columns } = await gramProducts(source, units, signal);
  const G = new Float64Array(M * M);
  for (let i = 0; i < M; i++) for (let j = 0; j < M; j++) G[i * M + j] = (columns[i][j] + columns[j][i]) / 2;
  const eigen = symmetricEigen(G, M);
  if (!eigen.converged)
    throw new Error(`the eigenvectors of a ${source.rows} x ${source.cols} matrix were not found: QL did not converge`);
  const vectors = Array.from({ length: M }, (_, rank) => eigen.vectors.slice((M - 1 - rank) * M, (M - rank) * M));
  const values = eigen.values.slice().reverse();
  const residuals = values.map((value, rank) => residual(G, vectors[rank], value));
  return { values: values.map((value) => Math.max(0, value)), vectors, residuals };
}

function residual(G: Float64Array, v: Float64Array, lambda: number): number {
  const M = v.length;
  const rest = Float64Array.from({ length: M }, (_, i) => dot(G.subarray(i * M, i * M + M), v));
  addInPlace(rest, -lambda, v);
  return Math.sqrt(dot(rest, rest));
}
