import type { Spectrum } from "../spectra/index.js";

/** Largest singular value, WeightWatcher's `sv_max`: of the pooled and scaled spectrum. */
export function largestSingularValue({ eigenvalues }: Pick<Spectrum, "eigenvalues">): number {
  return Math.sqrt(eigenvalues[eigenvalues.length - 1]);
}

/**
 * Smallest singular value. For a pooled convolution WeightWatcher's `sv_min` is the largest of the slices' minima; this
 * is the smallest.
 */
export function smallestSingularValue({ eigenvalues }: Pick<Spectrum, "eigenvalues">): number {
  return Math.sqrt(eigenvalues[0]);
}
