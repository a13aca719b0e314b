import type { PowerLawFit } from "./power-law.js";

/** Which of two laws describes a tail better, with the strength of the evidence. */
export interface LawComparison {
  /** Normalised log-likelihood ratio R/(s sqrt(n)); positive favours the power law; approximately normal where neither is closer [Vuo89]. */
  readonly ratio: number;
  /** Log-likelihoods of the tail under the two laws. */
  readonly logLikelihoodPowerLaw: number;
  readonly logLikelihoodOther: number;
}

/**
 * Vuong's test of the fitted power law against an exponential above the same xmin, rate 1/(mean - xmin) ([CSN09] section 5, eq. C.5 and C.6).
 * `values` ascending. null where the tail has fewer than 3 values or all log-likelihood ratios are equal.
 */
export function compareWithExponential(values: Float64Array, { alpha, xmin, nTail }: PowerLawFit): LawComparison | null {
  if (nTail < 3) return null;
  const tail = values.subarray(values.length - nTail);
  const mean = tail.reduce((sum, value) => sum + value, 0) / nTail;
  if (!(mean > xmin)) return null;
  const rate = 1 / (mean - xmin);
  const logs = Array.from(tail, (value) => ({
    power: Math.log((alpha - 1) / xmin) - alpha * Math.log(value / xmin),
    exponential: Math.log(rate) - rate * (value - xmin),
  }));
  const powerLaw = logs.reduce((sum, { power }) => sum + power, 0);
  const other = logs.reduce((sum, { exponential }) => sum + exponential, 0);
  const average = (powerLaw - other) / nTail;
  const variance = logs.reduce((sum, { power, exponential }) => sum + (power - exponential - average) ** 2, 0) / nTail;
  if (!(variance > 0)) return null;
  return { ratio: (powerLaw - other) / Math.sqrt(nTail * variance), logLikelihoodPowerLaw: powerLaw, logLikelihoodOther: other };
}
