import type { PhaseName } from "../phases/phase.js";

/** The verdict in plain words. "healthy" means only that no test failed. */
export const VERDICTS = [
  "healthy",
  "under-trained",
  "over-trained",
  "rank collapse",
  "correlation trap",
  "unknown",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface LayerVerdict {
  readonly verdict: Verdict;
  /** One sentence with the evidence. */
  readonly verdict_reason: string;
}

/** WeightWatcher's thresholds of alpha, which the literature uses. Every sentence and chart uses these constants. */
export const OVER_TRAINED_BELOW = 2;
export const UNDER_TRAINED_ABOVE = 6;

/** The columns that decide a verdict. */
export interface VerdictInput {
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
 * The verdict on a layer, from its phase, its alpha if valid, and its correlation traps if counted. If alpha is within
 * one standard error of a threshold, it gives no warning.
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
}: VerdictInput): LayerVerdict {
  if (lambda_max === null)
    return { verdict: "unknown", verdict_reason: reason === null ? "No spectrum." : `No spectrum: ${reason}.` };
  if (phase === "rank-collapse")
    return { verdict: "rank collapse", verdict_reason: phase_reason ?? "The matrix has lost rank." };
  if (typeof correlation_traps === "number" && correlation_traps >= 1) {
    return {
      verdict: "correlation trap",
      verdict_reason:
        `${correlation_traps} eigenvalues stay outside the bulk when the weights are shuffled: a few very ` +
        "large weights cause them.",
    };
  }
  if (alpha_valid && alpha !== null && alpha + (sigma ?? 0) < OVER_TRAINED_BELOW) {
    return {
      verdict: "over-trained",
      verdict_reason: `Alpha is ${alpha.toFixed(2)}, below ${OVER_TRAINED_BELOW}: the tail is very heavy.`,
    };
  }
  if (phase === "random-like")
    return {
      verdict: "under-trained",
      verdict_reason: "The weights look random: training left no trace in the spectrum.",
    };
  if (alpha_valid && alpha !== null && alpha - (sigma ?? 0) > UNDER_TRAINED_ABOVE) {
    return {
      verdict: "under-trained",
      verdict_reason: `Alpha is ${alpha.toFixed(2)}, above ${UNDER_TRAINED_ABOVE}: correlations are weak.`,
    };
  }
  if (phase === null || phase === "undecided")
    return { verdict: "unknown", verdict_reason: phase_reason ?? "The phase is unknown." };
  return {
    verdict: "healthy",
    verdict_reason: `No test failed: ${phase}${alpha_valid && alpha !== null ? `, alpha ${alpha.toFixed(2)}` : ""}.`,
  };
}
