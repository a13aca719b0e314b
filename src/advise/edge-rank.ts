import { type BulkFit, fitBulk, testEdge } from "../rmt/index.js";
import { productEdge } from "../rmt/product-edge.js";

/** How many directions of a matrix its random bulk does not explain. */
export interface EdgeRank {
  /** Eigenvalues above the Tracy-Widom threshold of the edge at 1 %. */
  readonly rank: number;
  /** The same at 0.1 % with a bulk two standard errors stronger, and at 50 % with one two standard errors weaker. */
  readonly low: number;
  readonly high: number;
}

/** The level of the rank itself, and those of the two ends of its interval. */
const LEVEL = 0.01;
const STRICT = 0.001;
const LENIENT = 0.5;
/** Standard errors of the bulk's variance at the ends of the interval: about 95 %. */
const ERRORS = 2;

/**
 * The rank of the signal in a spectrum (ascending, of W'W) with a fitted bulk: the number of eigenvalues that the
 * largest one of that bulk exceeds in fewer than 1 of 100 cases ([Joh01] Theorem 1.1, `testEdge`). The interval has the
 * sampling error of the bulk's variance and the choice of the level in it; not signals weaker than the transition
 * Q^(-1/4) sigma sqrt(N), which leave no eigenvalue outside the bulk [BBP05].
 */
export function edgeRank(eigenvalues: Float64Array, bulk: BulkFit, rf = 1): EdgeRank {
  const at = (level: number, errors: number): number =>
    testEdge(eigenvalues, { ...bulk, sigma2: Math.max(0, bulk.sigma2 + errors * bulk.sigma2Se) }, { rf, level }).spikes;
  const rank = at(LEVEL, 0);
  return { rank, low: Math.min(rank, at(STRICT, ERRORS)), high: Math.max(rank, at(LENIENT, -ERRORS)) };
}

/**
 * The rank of an adapter's product B A (out x r times r x in) from its r largest eigenvalues (ascending). Two random
 * factors give a bulk that is a little wider than that of an r-column matrix of any one height; here the height N is
 * the one with the same edge, r/N = (sqrt(e) - 1)^2 with e from `productEdge`. Pure noise then counts as rank 1 in 1 to
 * 4 of 100 cases (measured for r from 8 to 64 and sides from 96 to 1024). null if no bulk fits: then nothing in the
 * adapter looks like noise, or its rank is too small to tell (fewer than five eigenvalues in the bulk).
 */
export function adapterEdgeRank(
  eigenvalues: Float64Array,
  { out, inputs }: { readonly out: number; readonly inputs: number },
): EdgeRank | null {
  const r = eigenvalues.length;
  const N = Math.max(r, r / (Math.sqrt(productEdge(r / out, r / inputs)) - 1) ** 2);
  const bulk = fitBulk(eigenvalues, { N, M: r });
  return bulk === null ? null : edgeRank(eigenvalues, bulk);
}

/**
 * The relative error ||W - W_k||_F/||W||_F of keeping the k largest singular values, from the eigenvalues of W'W
 * (ascending) [EY36]. 0 for a zero matrix.
 */
export function truncationError(eigenvalues: Float64Array, k: number): number {
  let lost = 0;
  let all = 0;
  for (const [i, lambda] of eigenvalues.entries()) {
    all += Math.max(0, lambda);
    if (i < eigenvalues.length - k) lost += Math.max(0, lambda);
  }
  return all > 0 ? Math.sqrt(lost / all) : 0;
}

/** The smallest rank whose truncation error is at most `maxError`. */
export function rankWithin(eigenvalues: Float64Array, maxError: number): number {
  const all = eigenvalues.reduce((sum, lambda) => sum + Math.max(0, lambda), 0);
  let lost = 0;
  let k = eigenvalues.length;
  for (const lambda of eigenvalues) {
    lost += Math.max(0, lambda);
    if (lost > maxError * maxError * all) break;
    k--;
  }
  return k;
}
