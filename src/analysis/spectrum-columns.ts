import {
  hardRank,
  largestSingularValue,
  matrixEntropy,
  matrixRank,
  rankLoss,
  smallestSingularValue,
  squaredFrobeniusNorm,
  squaredSpectralNorm,
  stableRank,
  weakRankLoss,
  weightWatcherEntropy,
} from "../metrics/index.js";
import type { Spectrum } from "../spectra/index.js";

/**
 * The columns that are one number read off the spectrum without a fit, each with its metric: norms, ranks, entropies.
 * The type of `LayerRecord` and the rows of layers with and without a spectrum follow from this list.
 * report/columns/spectrum.ts defines each column.
 */
const METRICS = {
  lambda_max: squaredSpectralNorm,
  lambda_min: ({ eigenvalues }) => eigenvalues[0],
  sv_max: largestSingularValue,
  sv_min: smallestSingularValue,
  norm: squaredFrobeniusNorm,
  log_norm: (spectrum) => Math.log10(squaredFrobeniusNorm(spectrum)),
  spectral_norm: squaredSpectralNorm,
  log_spectral_norm: (spectrum) => Math.log10(squaredSpectralNorm(spectrum)),
  stable_rank: stableRank,
  matrix_rank: matrixRank,
  rank_loss: rankLoss,
  weak_rank_loss: weakRankLoss,
  entropy: (spectrum) => finite(weightWatcherEntropy(spectrum)),
  hard_rank: hardRank,
  matrix_entropy: (spectrum) => matrixEntropy(spectrum, hardRank(spectrum)),
} as const satisfies Readonly<Record<string, (spectrum: Spectrum) => number | null>>;

export type SpectrumColumn = keyof typeof METRICS;

/** The names of these columns, in the order of the rows. */
export const SPECTRUM_COLUMNS = Object.keys(METRICS) as readonly SpectrumColumn[];

/** The values of these columns for one spectrum. */
export function spectrumColumns(spectrum: Spectrum): Readonly<Record<SpectrumColumn, number | null>> {
  const values = SPECTRUM_COLUMNS.map((name) => [name, METRICS[name](spectrum)]);
  return Object.fromEntries(values) as Record<SpectrumColumn, number | null>;
}

/** The number, or null if it is not finite. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
