import { logAlphaNorm, traceLog, weightedAlpha } from "../metrics/index.js";
import type { Spectrum } from "../spectra/index.js";
import { hill, type PowerLawFit, type TailJudgement } from "../tails/index.js";
import { finite } from "./spectrum-columns.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "./verdict.js";

export function tailColumns(spectrum: Spectrum, tail: PowerLawFit | null, objection: string | null) {
  const alpha = tail?.alpha ?? null;
  return {
    alpha,
    D: tail?.ks ?? null,
    xmin: tail?.xmin ?? null,
    xmax: tail?.xmax ?? null,
    sigma: tail?.sigma ?? null,
    num_pl_spikes: tail?.nTail ?? null,
    alpha_valid: alpha !== null && objection === null,
    alpha_reason: objection,
    alpha_weighted: alpha === null ? null : finite(weightedAlpha(spectrum, alpha)),
    log_alpha_norm: alpha === null ? null : finite(logAlphaNorm(spectrum, alpha)),
    alpha_hill: hill(spectrum.eigenvalues)?.alpha ?? null,
    ...traceLogColumns(spectrum, tail),
    warning:
      alpha === null
        ? ""
        : alpha < OVER_TRAINED_BELOW
          ? "over-trained"
          : alpha > UNDER_TRAINED_ABOVE
            ? "under-trained"
            : "",
  };
}

/** The columns of the judgement of the tail: interval, goodness, index and the comparison of laws. */
export function judgementColumns({ alphaInterval, goodnessP, index, heavy, bestLaw, versus }: TailJudgement) {
  return {
    alpha_low: alphaInterval?.low ?? null,
    alpha_high: alphaInterval?.high ?? null,
    D_p: goodnessP,
    tail_index: index?.xi ?? null,
    tail_index_low: index?.low ?? null,
    tail_index_high: index?.high ?? null,
    tail_index_k: index?.k ?? null,
    tail_heavy_p: heavy,
    best_law: bestLaw,
    laws_xmin: versus?.xmin ?? null,
    tpl_ratio: versus?.truncated.ratio ?? null,
    tpl_p: versus?.truncated.p ?? null,
    exp_ratio: versus?.exponential.ratio ?? null,
    exp_p: versus?.exponential.p ?? null,
    s_exp_ratio: versus?.stretched.ratio ?? null,
    s_exp_p: versus?.stretched.p ?? null,
    log_n_ratio: versus?.lognormal.ratio ?? null,
    log_n_p: versus?.lognormal.p ?? null,
  };
}

function traceLogColumns(spectrum: Spectrum, tail: PowerLawFit | null) {
  const found = tail === null ? null : traceLog(spectrum, tail);
  return {
    erg_delta_lambda_min: found?.deltaLambdaMin ?? null,
    erg_log_det: found === null ? null : finite(found.tailLogDeterminant),
  };
}
