/**
 * The fraction of eigenvalues up to lambda, estimated from one Gauss rule per probe; arrays run along `lambda`,
 * ascending.
 */
export interface SpectralCdf {
  readonly lambda: Float64Array;
  readonly value: Float64Array;
  /** Standard error of `value` over the probes; it depends on their number and the matrix's size. */
  readonly standardError: Float64Array;
  /**
   * Bound on the error of a rule of finitely many nodes for its own probe, averaged over the probes; it depends on the
   * number of steps.
   */
  readonly resolution: Float64Array;
}

/**
 * Estimates of a spectrum without computing all its eigenvalues. Eigenvalues are those of W'W; everything but the trace
 * is an estimate with its error.
 */
export interface ApproximateSpectrum {
  readonly approximate: true;
  readonly N: number;
  readonly M: number;
  /** The sum of all eigenvalues: exact up to rounding. */
  readonly trace: number;
  /** An eigenvalue lies within `bound` of `value`; none was found above. */
  readonly lambdaMax: { readonly value: number; readonly bound: number };
  /** The largest eigenvalues, descending; an eigenvalue lies within `bounds[i]` of `values[i]`. */
  readonly top: { readonly values: Float64Array; readonly bounds: Float64Array };
  /** The density as point masses of sum 1: quadrature nodes, ascending, and their weights, averaged over the probes. */
  readonly density: { readonly nodes: Float64Array; readonly weights: Float64Array };
  readonly cdf: SpectralCdf;
  readonly probes: number;
  readonly steps: number;
  /** How often the matrix was read. */
  readonly passes: number;
}
