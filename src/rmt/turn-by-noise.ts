/** One singular direction of a matrix, in a matrix of which all eigenvalues are known. */
export interface Direction {
  /** All eigenvalues of W'W, ascending. */
  readonly eigenvalues: Float64Array;
  /** The direction, counted from the largest, from 0. */
  readonly index: number;
  /** How many leading directions make the subspace from which the direction is turned away; more than `index`. */
  readonly leading: number;
  /** The larger side of the matrix. */
  readonly N: number;
  /** Variance of an entry of the noise, in the units of the eigenvalues. */
  readonly sigma2: number;
}

/** Mean and standard deviation of a squared sine. */
export interface ExpectedTurn {
  readonly mean: number;
  readonly sd: number;
}

/** The two singular vectors of a direction: of length M (the smaller side of the matrix) and of length N. */
export interface TurnByNoise {
  readonly smaller: ExpectedTurn;
  readonly larger: ExpectedTurn;
}

/**
 * How far independent noise of variance sigma2 turns a singular direction of W away from the leading singular subspace.
 * To first order in the noise, the vector moves along direction j by a Gaussian of variance
 *
 *     sigma2 (lambda_k + lambda_j)/(lambda_k - lambda_j)^2
 *
 * on both sides, and on the larger side also along the N - M directions outside W's range, by sigma2/lambda_k each
 * ([BN12] for W of low rank; perturbation of singular vectors, [Ste91]). The squared sine is the sum of their squares
 * over all j outside the leading ones: its mean is the sum, its variance twice the sum of squares. The mean is infinite
 * if the last leading eigenvalue is not above the next. First order: it holds while the mean is well below 1.
 */
export function turnByNoise({ eigenvalues, index, leading, N, sigma2 }: Direction): TurnByNoise {
  const M = eigenvalues.length;
  const own = eigenvalues[M - 1 - index];
  let sum = 0;
  let squares = 0;
  for (let j = 0; j < M - leading; j++) {
    const gap = own - eigenvalues[j];
    const variance = gap > 0 ? (sigma2 * (own + eigenvalues[j])) / gap ** 2 : Number.POSITIVE_INFINITY;
    sum += variance;
    squares += variance * variance;
  }
  const outside = sigma2 / own;
  return {
    smaller: { mean: sum, sd: Math.sqrt(2 * squares) },
    larger: { mean: sum + (N - M) * outside, sd: Math.sqrt(2 * (squares + (N - M) * outside ** 2)) },
  };
}
