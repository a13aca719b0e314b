import { symmetricEigen } from "../../numeric/symmetric-eigen.js";
import { EPSILON } from "../route.js";
import { dot, normaliseInPlace, projectOutInPlace } from "./orthogonal.js";

/** An algorithm that receives products with W'W: it yields the vectors to multiply and is sent the products. */
export type ProductLoop<Result> = Generator<readonly Float64Array[], Result, readonly Float64Array[]>;

/**
 * Gauss quadrature of the measure sum_i (u_i'v)^2 delta(lambda_i) of a start vector v: exact for polynomials up to
 * degree 2k - 1.
 */
export interface GaussRule {
  /** Ascending. */
  readonly nodes: Float64Array;
  /** Positive, with sum 1. */
  readonly weights: Float64Array;
}

/**
 * k steps of Lanczos from each start vector, with full reorthogonalisation. Each gives a Gauss rule [GM10, chapter 4]:
 * nodes are the eigenvalues of the tridiagonal matrix, weights the squares of its eigenvectors' first components.
 * Memory: k vectors per start vector. Ends early if the vectors span an invariant subspace; the rule is then the
 * measure itself.
 */
export function* lanczosQuadrature(starts: readonly Float64Array[], steps: number): ProductLoop<GaussRule[]> {
  const runs = starts.map((start) => {
    const first = start.slice();
    normaliseInPlace(first);
    return { basis: [first] as Float64Array[], diagonal: [] as number[], offDiagonal: [] as number[], open: true };
  });
  for (let step = 0; step < steps; step++) {
    const open = runs.filter((run) => run.open);
    if (open.length === 0) break;
    const products = yield open.map(({ basis }) => basis[step]);
    open.forEach((run, i) => {
      const w = products[i];
      run.diagonal.push(dot(run.basis[step], w));
      projectOutInPlace(w, run.basis);
      const length = normaliseInPlace(w);
      // Below this, the rest of w is rounding: the subspace is invariant.
      const scale = Math.max(...run.diagonal);
      if (step === steps - 1 || length <= w.length * EPSILON * scale) run.open = false;
      else {
        run.offDiagonal.push(length);
        run.basis.push(w);
      }
    });
  }
  return runs.map(({ diagonal, offDiagonal }) => gaussRule(diagonal, offDiagonal));
}

function gaussRule(diagonal: readonly number[], offDiagonal: readonly number[]): GaussRule {
  const k = diagonal.length;
  const T = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    T[i * k + i] = diagonal[i];
    if (i > 0) T[i * k + i - 1] = T[(i - 1) * k + i] = offDiagonal[i - 1];
  }
  const { values, vectors } = symmetricEigen(T, k);
  return {
    nodes: values.map((value) => Math.max(0, value)),
    weights: Float64Array.from({ length: k }, (_, i) => vectors[i * k] ** 2),
  };
}
