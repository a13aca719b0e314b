import { edgeMove, fourthMoment, movedByFourthMoment, unmovedByFourthMoment } from "./fourth-moment.js";
import { marchenkoPasturCdf, marchenkoPasturEdges, marchenkoPasturQuantiles } from "./marchenko-pastur.js";
import { spikeQuantile } from "./spike-quantile.js";
import { edgeScale } from "./tracy-widom-scale.js";

/**
 * The Marchenko-Pastur law fitted to the bulk of a spectrum. Edges are on the scale of the given eigenvalues (W'W,
 * scaled as the layer says).
 */
export interface BulkFit {
  /**
   * Variance of an entry of W as the bulk implies it, times the layer's eigenvalue scale: lambda+- = N sigma2 (1 +-
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
   * Larger side and aspect ratio of the matrix whose bulk this is: N, and N over the columns that are neither zero nor
   * spikes.
   */
  readonly N: number;
  readonly Q: number;
  /** Kurtosis of the entries that the fit reckons with. */
  readonly kurtosis: number;
  /** Eigenvalues in the bulk, above it, and at zero (both of these removed from the fit). */
  readonly bulkSize: number;
  readonly above: number;
  readonly zero: number;
  /** Kolmogorov-Smirnov distance of the bulk to its law. */
  readonly ks: number;
  /**
   * False where the number of eigenvalues above the edge went round in a circle; then the largest of them was taken.
   */
  readonly converged: boolean;
}

export interface BulkShape {
  /** The longer and the shorter side: of the live rows and columns where some are zero. */
  readonly N: number;
  readonly M: number;
  /** Matrices pooled into the spectrum. Default 1. */
  readonly rf?: number;
  /** Eigenvalues at or below it are zero to working precision. Default 0. */
  readonly floor?: number;
  /**
   * E w^4/(E w^2)^2 of the entries, which moves the eigenvalues of a small bulk (fourth-moment.ts). Default 3,
   * Gaussian.
   */
  readonly kurtosis?: number;
}

/**
 * An eigenvalue is outside the bulk where a pure bulk would put its largest (of rf matrices) there in 1 case of 100.
 */
const LEVEL = 0.01;
/**
 * The smallest bulk that a law is fitted to, in eigenvalues and as a share of those above zero: what holds less is no
 * bulk but a corner of something else.
 */
export const SMALLEST_BULK = 5;
const SMALLEST_SHARE = 0.5;
const STEPS = 60;

/**
 * Fits the Marchenko-Pastur law to the bulk of `eigenvalues` (ascending, of W'W), robustly against spikes and tails:
 * from the variance that the median implies, remove what lies beyond the Tracy-Widom fluctuation of the edge, match the
 * rest to the quantiles of the law by least squares, and repeat until nothing changes; then take back, from the
 * innermost, what would be no outlier if it were left in. k removed spikes take k rows and k columns with them: the
 * rest is the bulk of an (N - k) x (M - k) matrix. Any Q >= 1. O(n) a step, at most 60 steps. null where fewer than 5
 * eigenvalues, or less than half of those above zero, would be left.
 */
export function fitBulk(eigenvalues: Float64Array, { N, M, rf = 1, floor = 0, kurtosis = 3 }: BulkShape): BulkFit | null {
  let zero = 0;
  while (zero < eigenvalues.length && eigenvalues[zero] <= floor) zero++;
  const live = eigenvalues.subarray(zero);
  const side = Math.min(M, live.length / rf);
  const bulkWithout = (k: number): Bulk => ({ eigenvalues: live.subarray(0, live.length - k), N: N - k / rf, M: side - k / rf, kurtosis });
  if (live.length < SMALLEST_BULK) return null;

  const quantile = spikeQuantile(LEVEL, rf);
  const start = bulkWithout(0);
  const median = Math.floor(live.length / 2);
  let law: Law = { ...matchQuantiles(start) };
  law = { ...law, sigma2: live[median] / (N * law.quantiles[median]) };
  let above = 0;
  const seen = new Set<number>();
  let converged = false;
  for (let step = 0; step < STEPS && !converged; step++) {
    let next = countAbove(live, bulkWithout(above), { sigma2: law.sigma2, quantile });
    if (live.length - next < Math.max(SMALLEST_BULK, SMALLEST_SHARE * live.length)) return null;
    if (step > 0 && next === above) {
      converged = true;
      break;
    }
    if (seen.has(next)) {
      // A circle: its largest member removes whatever is in doubt.
      above = next = Math.max(above, next);
      law = matchQuantiles(bulkWithout(above));
      break;
    }
    seen.add(next);
    above = next;
    law = matchQuantiles(bulkWithout(above));
  }

  // Removing an eigenvalue narrows the law that it is judged by. Back from the innermost: what is no outlier of a bulk
  // with one place more, whose variance the others tell, is none.
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

/** What is taken for bulk: eigenvalues (ascending), and the sides of the matrix that they would be the spectrum of. */
interface Bulk {
  readonly eigenvalues: Float64Array;
  readonly N: number;
  readonly M: number;
  readonly kurtosis: number;
}

interface Law {
  readonly Q: number;
  readonly sigma2: number;
  /** Of the unit-variance law, as many as the bulk has eigenvalues. */
  readonly quantiles: Float64Array;
}

/**
 * The variance that brings the quantiles of the law closest to the bulk, in least squares; the `unseen` largest
 * eigenvalues keep their place but no vote.
 */
function matchQuantiles({ eigenvalues, N, M, kurtosis }: Bulk, unseen = 0): Law {
  const Q = Math.max(1, N / M);
  const fourth = fourthMoment(kurtosis, { N, M });
  const quantiles = marchenkoPasturQuantiles(eigenvalues.length, Q);
  for (let i = 0; i < quantiles.length; i++) quantiles[i] = movedByFourthMoment(quantiles[i], fourth);
  let [cross, square] = [0, 0];
  for (let i = 0; i < quantiles.length - unseen; i++) {
    cross += eigenvalues[i] * quantiles[i];
    square += quantiles[i] * quantiles[i];
  }
  return { Q, sigma2: cross / (N * square), quantiles };
}

function countAbove(live: Float64Array, { N, M, kurtosis }: Bulk, { sigma2, quantile }: { sigma2: number; quantile: number }): number {
  const { centre, scale } = edgeScale(Math.max(1, N), Math.max(1, M));
  const edge = sigma2 * (centre + N * edgeMove(fourthMoment(kurtosis, { N, M })) + quantile * scale);
  let above = 0;
  while (above < live.length && live[live.length - 1 - above] > edge) above++;
  return above;
}

function ksDistance({ eigenvalues, N, M, kurtosis }: Bulk, { Q, sigma2 }: Law): number {
  const n = eigenvalues.length;
  const fourth = fourthMoment(kurtosis, { N, M });
  let ks = 0;
  for (let i = 0; i < n; i++) {
    const F = marchenkoPasturCdf(unmovedByFourthMoment(eigenvalues[i] / (N * sigma2), fourth), { Q });
    ks = Math.max(ks, F - i / n, (i + 1) / n - F);
  }
  return ks;
}
