import type { Spectrum } from "../../spectra/index.js";
import {
  clipFingers,
  fitFromPeak,
  fitPowerLaw,
  fitTruncatedPowerLaw,
  muFromAlpha,
  peakRange,
  type TruncatedPowerLawFit,
} from "../../tails/index.js";
import type { LayerResult } from "../layer-result.js";
import type { TailColumns } from "../optional-columns.js";

/** The part of a layer's result that the tail fits need. */
export interface TailInput extends Pick<LayerResult, "spectrum" | "tail"> {
  readonly record: Pick<LayerResult["record"], "alpha_valid">;
}

/** The tail fits beyond the default power law. O(n) fits: tens of milliseconds at n = 1000 (docs/performance.md). */
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

/**
 * If alpha is at its bound of 1, there is no power law: alpha is null, and lambda is the rate of the remaining
 * exponential.
 */
function truncatedColumns<Prefix extends "tpl" | "e_tpl">(
  prefix: Prefix,
  fit: TruncatedPowerLawFit | null,
): Partial<TailColumns> {
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
