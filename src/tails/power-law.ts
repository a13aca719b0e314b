/** A continuous power law rho(lambda) ~ lambda^-alpha fitted above xmin [CSN09]. */
export interface PowerLawFit {
  readonly alpha: number;
  readonly xmin: number;
  readonly xmax: number;
  /** Standard error of alpha, (alpha - 1)/sqrt(nTail). */
  readonly sigma: number;
  /** Kolmogorov-Smirnov distance of the tail to the fitted law. */
  readonly ks: number;
  readonly nTail: number;
  /** Values the fit was made on. */
  readonly n: number;
}
