import type { Spectrum } from "../spectra/index.js";
import { squaredFrobeniusNorm } from "./norms.js";

/** The point at which the product of the largest eigenvalues falls below 1. */
export interface TraceLogPoint {
  /**
   * Number of eigenvalues, from the largest down, at which their product first falls below 1; all of them if it never
   * does.
   */
  readonly count: number;
  /** The smallest of these eigenvalues, scaled so that the mean eigenvalue is 1. */
  readonly lambdaMin: number;
  /** n/sum lambda: the factor of that scaling. */
  readonly scale: number;
}

/**
 * The trace-log (ERG) condition of [SETOL25]: with eigenvalues scaled so that ||W||_F^2 = M (their mean is 1), the tail
 * whose log-determinant sum ln lambda_i is zero. Adds from the largest down until the sum turns negative, and ends at
 * the second smallest, as WeightWatcher does. null if the spectrum is zero. O(n).
 */
export function traceLogPoint({ eigenvalues }: Pick<Spectrum, "eigenvalues">): TraceLogPoint | null {
  const n = eigenvalues.length;
  const scale = n / squaredFrobeniusNorm({ eigenvalues });
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return null;
  let logDeterminant = 0;
  for (let i = n - 1; i > 0; i--) {
    logDeterminant += Math.log(eigenvalues[i] * scale);
    if (logDeterminant < 0) return { count: n - i, lambdaMin: eigenvalues[i] * scale, scale };
  }
  return { count: n, lambdaMin: eigenvalues[0] * scale, scale };
}

/** Quantities of [SETOL25] for a tail that begins at `xmin`. */
export interface TraceLog {
  /**
   * Delta lambda_min = lambda_min(power law) - lambda_min(trace-log), on the scale of mean eigenvalue 1: near 0 for an
   * ideal layer (alpha near 2), negative if the power law's tail reaches further down.
   */
  readonly deltaLambdaMin: number;
  /** ln det of the power law's tail, sum ln lambda over lambda >= xmin on that scale: 0 if the condition holds. */
  readonly tailLogDeterminant: number;
}

/**
 * The signed distance of a power-law tail from the trace-log condition ([SETOL25]; `fitPowerLaw` gives `xmin`). null if
 * the spectrum is zero.
 */
export function traceLog(
  { eigenvalues }: Pick<Spectrum, "eigenvalues">,
  { xmin }: { readonly xmin: number },
): TraceLog | null {
  const point = traceLogPoint({ eigenvalues });
  if (point === null) return null;
  let tailLogDeterminant = 0;
  for (let i = eigenvalues.length - 1; i >= 0 && eigenvalues[i] >= xmin; i--)
    tailLogDeterminant += Math.log(eigenvalues[i] * point.scale);
  return { deltaLambdaMin: xmin * point.scale - point.lambdaMin, tailLogDeterminant };
}
