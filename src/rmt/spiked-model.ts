/** A bulk of N x M matrices with entry variance sigma2 (default 1). */
export interface SpikedBulk {
  readonly N: number;
  readonly M: number;
  readonly sigma2?: number;
}

/** The signal behind an eigenvalue outside the bulk. */
export interface Spike {
  /** Singular value theta of the signal, in units of sigma sqrt(N): population eigenvalue ell = 1 + theta^2. */
  readonly strength: number;
  /** Its standard error, from the Gaussian limit of the outlier. */
  readonly strengthSe: number;
  /** Squared cosine of W's singular vector on the smaller side and the signal's, in [0, 1] ([BN12] Theorem 2.9). */
  readonly alignment: number;
}

/**
 * The strength Q^(-1/4) below which a signal leaves no eigenvalue outside the bulk (the transition of [BBP05]), in
 * units of sigma sqrt(N).
 */
export function criticalStrength({ N, M }: SpikedBulk): number {
  return (M / N) ** 0.25;
}

/**
 * The eigenvalue of W'W that belongs to a signal of the given strength: N sigma2 (1 + h)(1 + gamma/h) with h =
 * strength^2, gamma = M/N ([BS06] eq. 1.10); the bulk edge if the strength is not above `criticalStrength`.
 */
export function spikeEigenvalue(strength: number, bulk: SpikedBulk): number {
  const gamma = bulk.M / bulk.N;
  const h = Math.max(strength * strength, Math.sqrt(gamma));
  return bulk.N * (bulk.sigma2 ?? 1) * (1 + h) * (1 + gamma / h);
}

/**
 * Standard deviation of that eigenvalue for a fixed signal in Gaussian noise: N sigma2 sqrt((4h + 2(1 + gamma))(1 -
 * gamma/h^2)/N), 0 at the transition. It follows from the variances of the three quadratic forms in the master equation
 * of [BN12]. (A spike of the population covariance, whose signal is itself random, spreads more: N sigma2 (1 + h)
 * sqrt(2 (1 - gamma/h^2)/N) [Pau07].)
 */
export function spikeEigenvalueSd(strength: number, bulk: SpikedBulk): number {
  const gamma = bulk.M / bulk.N;
  const h = strength * strength;
  return h * h <= gamma
    ? 0
    : bulk.N * (bulk.sigma2 ?? 1) * Math.sqrt(((4 * h + 2 * (1 + gamma)) * (1 - gamma / (h * h))) / bulk.N);
}

/** The inverse of `spikeEigenvalue`: the signal behind an eigenvalue; null if the eigenvalue lies inside the bulk. */
export function invertSpike(eigenvalue: number, bulk: SpikedBulk): Spike | null {
  const gamma = bulk.M / bulk.N;
  const b = eigenvalue / (bulk.N * (bulk.sigma2 ?? 1)) - 1 - gamma;
  const square = b * b - 4 * gamma;
  if (!(b > 0 && square > 0)) return null;
  const h = (b + Math.sqrt(square)) / 2;
  const strength = Math.sqrt(h);
  // d lambda / d strength = N sigma2 (1 - gamma/h^2) 2 strength.
  const slope = bulk.N * (bulk.sigma2 ?? 1) * (1 - gamma / (h * h)) * 2 * strength;
  return {
    strength,
    strengthSe: spikeEigenvalueSd(strength, bulk) / slope,
    alignment: (1 - gamma / (h * h)) / (1 + gamma / h),
  };
}
