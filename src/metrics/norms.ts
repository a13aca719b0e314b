import type { Spectrum } from "../spectra/index.js";

/** Squared Frobenius norm ||W||_F^2 = sum lambda: WeightWatcher's `norm`. */
export function squaredFrobeniusNorm({ eigenvalues }: Pick<Spectrum, "eigenvalues">): number {
  let sum = 0;
  for (const lambda of eigenvalues) sum += lambda;
  return sum;
}

/** Squared spectral norm ||W||_2^2 = lambda_max: WeightWatcher's `spectral_norm` and `lambda_max`. */
export function squaredSpectralNorm({ eigenvalues }: Pick<Spectrum, "eigenvalues">): number {
  return eigenvalues[eigenvalues.length - 1];
}
