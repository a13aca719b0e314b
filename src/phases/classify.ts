import type { PermutationNull } from "../rmt/index.js";
import { calibratedConfidence } from "./confidence.js";
import { walkQuestions } from "./decide.js";
import { explainPhase } from "./explain.js";
import type { PhaseDecision, PhaseEvidence, PhaseName } from "./phase.js";

/** Matrices with fewer eigenvalues show no shape of a density: they get no phase. */
export const MIN_SIZE = 16;

export interface ClassifyOptions {
  /** Eigenvalues per matrix (M). Below 16 the phase is null and the reason says so. */
  readonly size: number;
  /**
   * Why alpha is not valid in that phase (`alphaObjection`); null if it is valid. The sentence must agree with the row
   * about the power law.
   */
  readonly alphaReason: (phase: PhaseName) => string | null;
  /**
   * The null distribution of the permuted entries, if the evidence of bulk and edge comes from it. The sentence then
   * gives its figures.
   */
  readonly permuted?: PermutationNull | null;
}

/**
 * Names the phase of a spectrum from its evidence. A tree of questions (questions.ts): one statistic with its error
 * answers each, and the probabilities are multiplied along each path. The name is the most probable leaf. The
 * confidence is its probability minus a penalty for small matrices (confidence.ts).
 */
export function classifyPhase(
  evidence: PhaseEvidence,
  { size, alphaReason, permuted = null }: ClassifyOptions,
): PhaseDecision {
  if (size < MIN_SIZE) {
    const reason =
      `Too small to tell: ${size} eigenvalues per matrix do not show the shape of a density (${MIN_SIZE} are ` +
      "needed).";
    return { phase: null, confidence: 0, evidence, path: [], reason, alternatives: [] };
  }
  const { phase, path, ranked } = walkQuestions(evidence, size);
  const [{ probability }, ...rest] = ranked;
  const confidence = calibratedConfidence(probability, size);
  // The other names share what the size penalty takes from this one.
  const scale = probability < 1 ? (1 - confidence) / (1 - probability) : 0;
  return {
    phase,
    confidence,
    evidence,
    path,
    reason: explainPhase(phase, evidence, { path, alphaReason: alphaReason(phase), permuted }),
    alternatives: rest
      .map((other) => ({ phase: other.phase, confidence: other.probability * scale }))
      .filter((other) => other.confidence >= 0.01),
  };
}
