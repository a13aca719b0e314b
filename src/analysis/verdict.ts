import type { PhaseName } from "../phases/phase.js";

/** What can be said of one layer in plain words. "healthy" only means that nothing here speaks against it. */
export const VERDICTS = ["healthy", "under-trained", "over-trained", "rank collapse", "correlation trap", "not told"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface LayerVerdict {
  readonly verdict: Verdict;
  /** One sentence with the evidence. */
  readonly verdict_reason: string;
}

/**
 * WeightWatcher's borders of alpha, which the literature uses. Every sentence and chart that names them takes them from
 * here.
 */
export const OVER_TRAINED = 2;
export const UNDER_TRAINED = 6;

/** What a verdict is read from. */
export interface Judged {
  readonly phase: PhaseName | null;
  readonly phase_reason: string | null;
  readonly alpha: number | null;
  readonly alpha_valid: boolean;
  readonly sigma: number | null;
  readonly lambda_max: number | null;
  readonly reason: string | null;
  readonly correlation_traps?: number | null;
}

/**
 * The verdict on a layer, from its phase, its alpha where that is valid, and its correlation traps where they were
 * looked for. An alpha within one standard error of a border is given the benefit of the doubt.
 */
export function layerVerdict({
  phase,
  phase_reason,
  alpha,
  alpha_valid,
  sigma,
  reason,
  lambda_max,
  correlation_traps,
}: Judged): LayerVerdict {
  if (lambda_max === null) return { verdict: "not told", verdict_reason: `There is no spectrum: ${reason ?? "unknown reason"}.` };
  if (phase === "rank-collapse") return { verdict: "rank collapse", verdict_reason: phase_reason ?? "The matrix has lost rank." };
  if (typeof correlation_traps === "number" && correlation_traps >= 1) {
    return {
      verdict: "correlation trap",
      verdict_reason: `${correlation_traps} eigenvalues stay outside the bulk when the weights are shuffled: a few very large weights carry them.`,
    };
  }
  if (alpha_valid && alpha !== null && alpha + (sigma ?? 0) < OVER_TRAINED) {
    return { verdict: "over-trained", verdict_reason: `Alpha is ${alpha.toFixed(2)}, below ${OVER_TRAINED}: the tail is very heavy.` };
  }
  if (phase === "random-like")
    return {
      verdict: "under-trained",
      verdict_reason: "The weights cannot be told from random ones: training has left no trace in the spectrum.",
    };
  if (alpha_valid && alpha !== null && alpha - (sigma ?? 0) > UNDER_TRAINED) {
    return { verdict: "under-trained", verdict_reason: `Alpha is ${alpha.toFixed(2)}, above ${UNDER_TRAINED}: correlations are weak.` };
  }
  if (phase === null || phase === "undecided") return { verdict: "not told", verdict_reason: phase_reason ?? "The phase cannot be told." };
  return {
    verdict: "healthy",
    verdict_reason: `Nothing speaks against it: ${phase}${alpha_valid && alpha !== null ? `, alpha ${alpha.toFixed(2)}` : ""}.`,
  };
}
