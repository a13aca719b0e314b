import type { Spectrum } from "../spectra/index.js";
import { squaredFrobeniusNorm, squaredSpectralNorm } from "./norms.js";

/**
 * Stable rank ||W||_F^2/||W||_2^2 = sum lambda/lambda_max, between 1 and the rank ([MM19] section 2.1). M/(1 +
 * 1/sqrt(Q))^2 for random weights. NaN for a zero matrix.
 */
export function stableRank(spectrum: Pick<Spectrum, "eigenvalues">): number {
  return squaredFrobeniusNorm(spectrum) / squaredSpectralNorm(spectrum);
}
