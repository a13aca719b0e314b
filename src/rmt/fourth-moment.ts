/**
 * The effect of the entries' fourth moment on a bulk. Independent entries of kurtosis kappa give the Marchenko-Pastur
 * law for any kappa. But the number of eigenvalues below a point differs from that of Gaussian entries, and this
 * difference does not shrink with the size: with x = 1 + gamma + 2 sqrt(gamma) cos theta,
 *
 *     E #(lambda <= N sigma2 x) = M F(x) - (kappa - 3) sin(2 theta)/(2 pi) + ...
 *
 * (the mean of the central limit theorem for linear statistics, [BSil04] with the fourth moment as [Zhe12] has it,
 * applied to a step). An eigenvalue at x then moves to
 *
 *     x + (kappa - 3)/M x (x - 1 - gamma)/2
 *
 * and the upper edge by (kappa - 3)/M sqrt(gamma) (1 + sqrt(gamma))^2 in units of N sigma2. First order in (kappa -
 * 3)/M.
 */
export interface FourthMoment {
  /** (kappa - 3)/M, M the smaller side of the bulk. */
  readonly excess: number;
  /** 1/Q = M/N. */
  readonly gamma: number;
}

/**
 * Beyond these bounds the first order does not hold. The excess is clamped to the bound, and a caller should permute
 * the entries instead (`permutationNull`).
 */
const MIN_EXCESS = -0.05;
export const MAX_EXCESS = 0.15;

/** The parameters of this effect for the bulk of an N x M matrix whose entries have that kurtosis. */
export function fourthMoment(kurtosis: number, { N, M }: { readonly N: number; readonly M: number }): FourthMoment {
  return { excess: Math.max(MIN_EXCESS, Math.min(MAX_EXCESS, (kurtosis - 3) / M)), gamma: M / N };
}

/**
 * The position to which the fourth moment moves the eigenvalue that Gaussian entries would have at x (on the scale of
 * W'W/(N sigma2)).
 */
export function movedByFourthMoment(x: number, { excess, gamma }: FourthMoment): number {
  return x + (excess * x * (x - 1 - gamma)) / 2;
}

/**
 * The inverse of `movedByFourthMoment`: the x that moves to `place`. It is the smallest solution and increases with
 * `place`.
 */
export function unmovedByFourthMoment(place: number, { excess, gamma }: FourthMoment): number {
  const linear = 1 - (excess * (1 + gamma)) / 2;
  return (2 * place) / (linear + Math.sqrt(Math.max(0, linear * linear + 2 * excess * place)));
}

/** How far the upper edge moves, on the scale of W'W/(N sigma2). */
export function edgeMove({ excess, gamma }: FourthMoment): number {
  return excess * Math.sqrt(gamma) * (1 + Math.sqrt(gamma)) ** 2;
}
