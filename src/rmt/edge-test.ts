/** The Tracy-Widom test of the largest eigenvalues against the bulk edge [Joh01] Theorem 1.1. */
export interface EdgeTest {
  /** Johnstone's centre and scale of the largest eigenvalue of a pure bulk, on the scale of the given eigenvalues. */
  readonly centre: number;
  readonly scale: number;
  /** (lambdaMax - centre)/scale: follows the Tracy-Widom law (beta = 1) under the null. */
  readonly statistic: number;
  /** P(a pure bulk shows a larger one), corrected for the number of pooled slices. */
  readonly p: number;
  /** Above this an eigenvalue is a spike at the 1 % level. */
  readonly threshold: number;
  /** Eigenvalues above the threshold. */
  readonly spikes: number;
}
