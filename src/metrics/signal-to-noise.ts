import { quantile } from "../numeric/quantile.js";
import type { BulkFit } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";
import { squaredSpectralNorm } from "./norms.js";

/** Interquartile range of a normal distribution in standard deviations, as Spectrum rounds it. */
const NORMAL_IQR = 1.349;

/**
 * Spectrum's signal-to-noise ratio, as it computes it [Spectrum24]: singular values nu of one matrix, sigma = (q75 -
 * q25)/1.349 of their quartiles, and snr = (sum of nu above sigma (1 + sqrt(M/N))/sum of the others)/nu_max. Its sigma
 * is the spread of the singular values, not of the entries, so the threshold is not a Marchenko-Pastur edge. Depends on
 * the scale of the weights. null for pooled matrices, which Spectrum does not have, and for a zero matrix.
 */
export function spectrumSnr({ eigenvalues, Q, rf }: Pick<Spectrum, "eigenvalues" | "Q" | "rf">): number | null {
  if (rf !== 1) return null;
  const singularValues = eigenvalues.map(Math.sqrt);
  const sigma = (quantile(singularValues, 0.75) - quantile(singularValues, 0.25)) / NORMAL_IQR;
  return signalToNoise(eigenvalues, sigma * (1 + 1 / Math.sqrt(Q)));
}

/**
 * The same ratio with the edge of the fitted Marchenko-Pastur bulk, sqrt(lambda+), as the threshold. null for a zero
 * matrix.
 */
export function bulkSnr(
  { eigenvalues }: Pick<Spectrum, "eigenvalues">,
  { lambdaPlus }: Pick<BulkFit, "lambdaPlus">,
): number | null {
  return signalToNoise(eigenvalues, Math.sqrt(lambdaPlus));
}

function signalToNoise(eigenvalues: Float64Array, threshold: number): number | null {
  const largest = Math.sqrt(squaredSpectralNorm({ eigenvalues }));
  if (!(largest > 0)) return null;
  let signal = 0;
  let noise = 0;
  let below = 0;
  for (const lambda of eigenvalues) {
    const singularValue = Math.sqrt(lambda);
    if (singularValue > threshold) signal += singularValue;
    else {
      noise += singularValue;
      below++;
    }
  }
  const ratio = signal / (below === 0 ? 1 : noise) / largest;
  return Number.isFinite(ratio) ? ratio : null;
}
