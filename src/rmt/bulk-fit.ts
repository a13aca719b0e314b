/** The Marchenko-Pastur law fitted to the bulk of a spectrum. Edges are on the scale of the given eigenvalues (W'W, scaled as the layer says). */
export interface BulkFit {
  /** Variance of an entry of W as the bulk implies it, times the layer's eigenvalue scale: lambda+- = N sigma2 (1 +- 1/sqrt(Q))^2. */
  readonly sigma2: number;
  /** Standard error of `sigma2`. */
  readonly sigma2Se: number;
  readonly lambdaPlus: number;
  readonly lambdaMinus: number;
  readonly N: number;
  readonly Q: number;
  /** Eigenvalues in the bulk and above it (removed from the fit). */
  readonly bulkSize: number;
  readonly above: number;
  /** Kolmogorov-Smirnov distance of the bulk to its law. */
  readonly ks: number;
  readonly converged: boolean;
}
