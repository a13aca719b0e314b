import type { Spectrum } from "../spectra/index.js";
import { squaredSpectralNorm } from "./norms.js";

/** WeightWatcher's `alpha_weighted`, alpha log10(lambda_max): "alpha-hat" of [MPM21]. */
export function weightedAlpha(spectrum: Pick<Spectrum, "eigenvalues">, alpha: number): number {
  return alpha * Math.log10(squaredSpectralNorm(spectrum));
}

/**
 * WeightWatcher's `log_alpha_norm`, log10 sum lambda^alpha ([MPM21]). Computed relative to lambda_max, so it does not
 * overflow for a large alpha, where WeightWatcher's becomes infinite.
 */
export function logAlphaNorm({ eigenvalues }: Pick<Spectrum, "eigenvalues">, alpha: number): number {
  const largest = squaredSpectralNorm({ eigenvalues });
  let sum = 0;
  for (const lambda of eigenvalues) sum += (lambda / largest) ** alpha;
  return alpha * Math.log10(largest) + Math.log10(sum);
}
