import { fitBulk, testEdge } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";
import { kolmogorov, wasserstein } from "./spectral-distance.js";

/**
 * The spectrum of W with permuted entries: means over the replicates, and their standard deviations (null for a single
 * replicate).
 */
export interface Randomisation {
  /**
   * Eigenvalues of the permuted matrix beyond its own Tracy-Widom edge. They come from a few very large entries, which
   * no permutation removes.
   */
  readonly correlation_traps: number | null;
  readonly correlation_traps_sd: number | null;
  /** Standard deviation of an entry, estimated from the bulk of the permuted matrix. */
  readonly rand_bulk_sigma: number | null;
  readonly rand_bulk_sigma_sd: number | null;
  readonly rand_lambda_max: number | null;
  readonly rand_lambda_max_sd: number | null;
  /** Distances of the layer's spectrum to those of the replicates. */
  readonly rand_kolmogorov: number | null;
  readonly rand_kolmogorov_sd: number | null;
  readonly rand_wasserstein: number | null;
  readonly rand_wasserstein_sd: number | null;
  /**
   * Mean Wasserstein distance between replicates: the value of `rand_wasserstein` by chance alone. null for a single
   * replicate.
   */
  readonly rand_wasserstein_null: number | null;
}

/** A replicate: the spectrum of the permuted matrix, and the level below which its eigenvalues count as zero. */
export interface Replicate {
  readonly spectrum: Spectrum;
  readonly zeroFloor: number;
}

/** Eigenvalues are the layer's `scale` times those of W'W. */
export interface RandomisationScale {
  readonly scale: number;
}

/**
 * Compares a spectrum with those of its randomised weights ([WW]'s `randomize`; [MM21] shuffles for the same purpose).
 * What remains in the replicates comes from the distribution of the entries; what disappears came from their
 * correlations. Traps and bulk are computed as for the layer itself (`fitBulk`, `testEdge`). Columns are null if no
 * replicate has a bulk. O(replicates^2 n).
 */
export function readRandomisation(
  spectrum: Spectrum,
  replicates: readonly Replicate[],
  { scale }: RandomisationScale,
): Randomisation {
  const { N, M, rf } = spectrum;
  const bulks = replicates.flatMap(({ spectrum: { eigenvalues }, zeroFloor }) => {
    const bulk = fitBulk(eigenvalues, { N, M, rf, floor: zeroFloor });
    return bulk === null
      ? []
      : [{ sigma: Math.sqrt(bulk.sigma2 / scale), traps: testEdge(eigenvalues, bulk, { rf }).spikes }];
  });
  const spectra = replicates.map((replicate) => replicate.spectrum.eigenvalues);
  const pairs = spectra.flatMap((a, i) => spectra.slice(i + 1).map((b) => wasserstein(a, b)));
  return {
    ...columns(
      "correlation_traps",
      bulks.map(({ traps }) => traps),
    ),
    ...columns(
      "rand_bulk_sigma",
      bulks.map(({ sigma }) => sigma),
    ),
    ...columns(
      "rand_lambda_max",
      spectra.map((values) => values[values.length - 1]),
    ),
    ...columns(
      "rand_kolmogorov",
      spectra.map((values) => kolmogorov(spectrum.eigenvalues, values)),
    ),
    ...columns(
      "rand_wasserstein",
      spectra.map((values) => wasserstein(spectrum.eigenvalues, values)),
    ),
    rand_wasserstein_null: mean(pairs),
  };
}

type Columns<Name extends string> = Readonly<Record<Name | `${Name}_sd`, number | null>>;

function columns<Name extends string>(name: Name, values: readonly number[]): Columns<Name> {
  return { [name]: mean(values), [`${name}_sd`]: standardDeviation(values) } as Columns<Name>;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number | null {
  const centre = mean(values);
  if (centre === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
