import type { Spectrum } from "../spectra/index.js";
import {
  clipFingers,
  fitFromPeak,
  fitPowerLaw,
  fitTruncatedPowerLaw,
  muFromAlpha,
  peakRange,
  pooledHill,
  type TruncatedPowerLawFit,
} from "../tails/index.js";
import type { LayerResult } from "./layer-result.js";
import type { FarmsColumns, TailColumns } from "./optional-columns.js";

/** What the fits of the tail need of a layer's result. */
export interface TailInput extends Pick<LayerResult, "spectrum" | "tail"> {
  readonly record: Pick<LayerResult["record"], "alpha_valid">;
}

/**
 * Every law of the tail beside the power law that the default columns have. O(n) fits: tens of milliseconds at n = 1000
 * (docs/performance.md).
 */
export function tailColumns({ spectrum, tail, record }: TailInput): Partial<TailColumns> {
  if (spectrum === null || tail === null) return {};
  const values = spectrum.eigenvalues;
  const truncated = fitTruncatedPowerLaw(values);
  const range = peakRange(values);
  const clipped = clipFingers(values);
  return {
    ...truncatedColumns("tpl", truncated),
    tpl_alpha_se: truncated?.sigma ?? null,
    ...truncatedColumns("e_tpl", range === null ? null : fitTruncatedPowerLaw(values, { xminRange: range })),
    alpha_xmax_forced: fitPowerLaw(values, { xmax: "force" })?.alpha ?? null,
    alpha_from_peak: fitFromPeak(values)?.alpha ?? null,
    num_fingers: clipped?.numFingers ?? null,
    clipped_alpha: clipped?.fit.alpha ?? null,
    ...(record.alpha_valid && muColumns(tail.alpha, spectrum)),
  };
}

/** An exponent on its bound of 1 is no exponent: alpha is null there, and lambda tells the exponential that is left. */
function truncatedColumns<Prefix extends "tpl" | "e_tpl">(prefix: Prefix, fit: TruncatedPowerLawFit | null): Partial<TailColumns> {
  if (fit === null) return {};
  return {
    [`${prefix}_alpha`]: fit.alphaAtBound ? null : fit.alpha,
    [`${prefix}_lambda`]: fit.Lambda,
    [`${prefix}_xmin`]: fit.xmin,
    [`${prefix}_ks`]: fit.ks,
  };
}

function muColumns(alpha: number, { M, Q }: Spectrum): Partial<TailColumns> {
  const { mu, low, high, classes } = muFromAlpha(alpha, { M, Q });
  return { mu, mu_low: low, mu_high: high, universality_class: classes.join(" or ") };
}

/**
 * Hill's exponent of the square windows of a layer, together: `windows` is their spectrum, `count` of them a matrix.
 */
export function farmsColumns(windows: Spectrum, count: number): Partial<FarmsColumns> {
  const fit = pooledHill(windows.slices);
  return { farms_alpha: fit?.alpha ?? null, farms_alpha_sd: fit?.alphaSpread ?? null, farms_windows: count };
}
