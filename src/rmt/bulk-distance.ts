import { edgeMove, fourthMoment, movedByFourthMoment, unmovedByFourthMoment } from "./fourth-moment.js";
import { marchenkoPasturCdf } from "./marchenko-pastur-cdf.js";
import { marchenkoPasturQuantiles } from "./marchenko-pastur-quantiles.js";
import { edgeScale } from "./tracy-widom-scale.js";

/** A candidate for the bulk: eigenvalues (ascending), and the sides of the matrix that they would belong to. */
export interface Bulk {
  readonly eigenvalues: Float64Array;
  readonly N: number;
  readonly M: number;
  readonly kurtosis: number;
}

/** The parameters of a fitted law. */
export interface Law {
  readonly Q: number;
  readonly sigma2: number;
  /** Quantiles of the law with unit variance, as many as the bulk has eigenvalues. */
  readonly quantiles: Float64Array;
}

/**
 * The variance that brings the quantiles of the law closest to the bulk, by least squares. The `unweighted` largest
 * eigenvalues keep their quantiles but have no weight.
 */
export function matchQuantiles({ eigenvalues, N, M, kurtosis }: Bulk, unweighted = 0): Law {
  const Q = Math.max(1, N / M);
  const fourth = fourthMoment(kurtosis, { N, M });
  const quantiles = marchenkoPasturQuantiles(eigenvalues.length, Q);
  for (let i = 0; i < quantiles.length; i++) quantiles[i] = movedByFourthMoment(quantiles[i], fourth);
  let cross = 0;
  let square = 0;
  for (let i = 0; i < quantiles.length - unweighted; i++) {
    cross += eigenvalues[i] * quantiles[i];
    square += quantiles[i] * quantiles[i];
  }
  return { Q, sigma2: cross / (N * square), quantiles };
}

/** The number of eigenvalues above the edge of a law. */
export function countAbove(
  live: Float64Array,
  { N, M, kurtosis }: Bulk,
  { sigma2, quantile }: { sigma2: number; quantile: number },
): number {
  const { centre, scale } = edgeScale(Math.max(1, N), Math.max(1, M));
  const edge = sigma2 * (centre + N * edgeMove(fourthMoment(kurtosis, { N, M })) + quantile * scale);
  let above = 0;
  while (above < live.length && live[live.length - 1 - above] > edge) above++;
  return above;
}

/** Kolmogorov-Smirnov distance of the bulk to the law. */
export function ksDistance({ eigenvalues, N, M, kurtosis }: Bulk, { Q, sigma2 }: Law): number {
  const n = eigenvalues.length;
  const fourth = fourthMoment(kurtosis, { N, M });
  let ks = 0;
  for (let i = 0; i < n; i++) {
    const F = marchenkoPasturCdf(unmovedByFourthMoment(eigenvalues[i] / (N * sigma2), fourth), { Q });
    ks = Math.max(ks, F - i / n, (i + 1) / n - F);
  }
  return ks;
}
