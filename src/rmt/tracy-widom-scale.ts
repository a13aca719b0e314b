/** Centre and scale of the largest eigenvalue of W'W for unit-variance entries. */
export interface EdgeScale {
  readonly centre: number;
  readonly scale: number;
}

/**
 * Johnstone's centring and scaling of the largest eigenvalue of W'W, W N x M with entries of variance 1 [Joh01] Theorem
 * 1.1, with the half-integer corrections of [Ma12] Theorem 2, which leave an error of order M^(-2/3): centre =
 * (sqrt(N - 1/2) + sqrt(M - 1/2))^2, scale = (sqrt(N - 1/2) + sqrt(M - 1/2)) (1/sqrt(N - 1/2) + 1/sqrt(M - 1/2))^(1/3).
 * Throws `RangeError` for N or M below 1.
 */
export function edgeScale(N: number, M: number): EdgeScale {
  if (!(N >= 1 && M >= 1)) throw new RangeError(`edgeScale: N and M must be at least 1, got ${N} and ${M}`);
  const n = Math.sqrt(N - 0.5);
  const m = Math.sqrt(M - 0.5);
  return { centre: (n + m) ** 2, scale: (n + m) * Math.cbrt(1 / n + 1 / m) };
}
