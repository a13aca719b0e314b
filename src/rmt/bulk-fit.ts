import { type Bulk, countAbove, ksDistance, type Law, matchQuantiles } from "./bulk-distance.js";
import { fourthMoment, movedByFourthMoment } from "./fourth-moment.js";
import { marchenkoPasturEdges } from "./marchenko-pastur.js";
import { spikeQuantile } from "./spike-quantile.js";

/**
 * The Marchenko-Pastur law fitted to the bulk of a spectrum. Edges are on the scale of the given eigenvalues (W'W, with
 * the layer's scaling).
 */
export interface BulkFit {
  /**
   * Variance of an entry of W, estimated from the bulk, times the layer's eigenvalue scale: lambda+- = N sigma2 (1 +-
   * 1/sqrt(Q))^2.
   */
  readonly sigma2: number;
  /**
   * Standard error of `sigma2` for a true bulk of entries of that kurtosis, sigma2 sqrt((kurtosis - 1)/(N bulkSize)):
   * sampling error only, not misfit.
   */
  readonly sigma2Se: number;
  readonly lambdaPlus: number;
  readonly lambdaMinus: number;
  /**
   * Longer side and aspect ratio of the matrix of the bulk: N, and N over the number of columns that are neither zero
   * nor spikes.
   */
  readonly N: number;
  readonly Q: number;
  /** Kurtosis of the entries that the fit assumes. */
  readonly kurtosis: number;
  /** Eigenvalues in the bulk, above it, and at zero. The fit uses the bulk only. */
  readonly bulkSize: number;
  readonly above: number;
  readonly zero: number;
  /** Kolmogorov-Smirnov distance of the bulk to its law. */
  readonly ks: number;
  /**
   * False if the number of eigenvalues above the edge ended in a cycle. Then the largest number of the cycle was used.
   */
  readonly converged: boolean;
}

export interface BulkShape {
  /** The longer and the shorter side, without rows and columns of zeros. */
  readonly N: number;
  readonly M: number;
  /** Matrices pooled into the spectrum. Default 1. */
  readonly rf?: number;
  /** Eigenvalues at or below it count as zero. Default 0. */
  readonly floor?: number;
  /**
   * E w^4/(E w^2)^2 of the entries. It moves the eigenvalues of a small bulk (fourth-moment.ts). Default 3, Gaussian.
   */
  readonly kurtosis?: number;
}

/**
 * An eigenvalue is an outlier if the largest one of a pure bulk (of rf matrices) is that large in less than 1 case of
 * 100.
 */
const LEVEL = 0.01;
/**
 * The smallest bulk to fit, in eigenvalues and as a fraction of those above zero. Less than that is not a bulk but the
 * remainder of another shape.
 */
export const SMALLEST_BULK = 5;
const MIN_BULK_SHARE = 0.5;
const MAX_STEPS = 60;

/**
 * Fits the Marchenko-Pastur law to the bulk of `eigenvalues` (ascending, of W'W), robustly against spikes and tails.
 * Start with the variance that the median implies. Remove the eigenvalues beyond the Tracy-Widom fluctuation of the
 * edge, match the rest to the quantiles of the law by least squares, and repeat until nothing changes. Then restore
 * removed eigenvalues, the smallest first, that would not be outliers if they were part of the bulk. k removed spikes
 * take k rows and k columns with them: the rest is the bulk of an (N - k) x (M - k) matrix. Any Q >= 1. O(n) per step,
 * at most 60 steps. null if fewer than 5 eigenvalues, or less than half of those above zero, would remain.
 */
export function fitBulk(
  eigenvalues: Float64Array,
  { N, M, rf = 1, floor = 0, kurtosis = 3 }: BulkShape,
): BulkFit | null {
  let zero = 0;
  while (zero < eigenvalues.length && eigenvalues[zero] <= floor) zero++;
  const live = eigenvalues.subarray(zero);
  const side = Math.min(M, live.length / rf);
  const bulkWithout = (k: number): Bulk => ({
    eigenvalues: live.subarray(0, live.length - k),
    N: N - k / rf,
    M: side - k / rf,
    kurtosis,
  });
  if (live.length < SMALLEST_BULK) return null;

  const quantile = spikeQuantile(LEVEL, rf);
  const start = bulkWithout(0);
  const median = Math.floor(live.length / 2);
  let law: Law = { ...matchQuantiles(start) };
  law = { ...law, sigma2: live[median] / (N * law.quantiles[median]) };
  let above = 0;
  const seen = new Set<number>();
  let converged = false;
  for (let step = 0; step < MAX_STEPS && !converged; step++) {
    let next = countAbove(live, bulkWithout(above), { sigma2: law.sigma2, quantile });
    if (live.length - next < Math.max(SMALLEST_BULK, MIN_BULK_SHARE * live.length)) return null;
    if (step > 0 && next === above) {
      converged = true;
      break;
    }
    if (seen.has(next)) {
      // A cycle: its largest number removes every doubtful eigenvalue.
      above = next = Math.max(above, next);
      law = matchQuantiles(bulkWithout(above));
      break;
    }
    seen.add(next);
    above = next;
    law = matchQuantiles(bulkWithout(above));
  }

  // Removing an eigenvalue narrows the law that the others are tested by. So test the removed ones again, the smallest
  // first, against a bulk with one eigenvalue more, whose variance the other eigenvalues determine.
  while (above > 0) {
    const wider = bulkWithout(above - 1);
    if (countAbove(live, wider, { sigma2: matchQuantiles(wider, 1).sigma2, quantile }) >= above) break;
    above--;
    law = matchQuantiles(wider);
  }

  const bulk = bulkWithout(above);
  const { minus, plus } = marchenkoPasturEdges({ Q: law.Q });
  const fourth = fourthMoment(kurtosis, bulk);
  const edgeAt = (x: number): number => bulk.N * law.sigma2 * movedByFourthMoment(x, fourth);
  return {
    sigma2: law.sigma2,
    sigma2Se: law.sigma2 * Math.sqrt((kurtosis - 1) / (bulk.N * bulk.eigenvalues.length)),
    lambdaPlus: edgeAt(plus),
    lambdaMinus: edgeAt(minus),
    N: bulk.N,
    Q: law.Q,
    kurtosis,
    bulkSize: bulk.eigenvalues.length,
    above,
    zero,
    ks: ksDistance(bulk, law),
    converged,
  };
}
