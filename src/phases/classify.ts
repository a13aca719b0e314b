import type { PermutationNull } from "../rmt/index.js";
import { calibratedConfidence } from "./confidence.js";
import { walkQuestions } from "./decide.js";
import { explainPhase } from "./explain.js";
import type { PhaseDecision, PhaseEvidence, PhaseName } from "./phase.js";

/** Fewer eigenvalues per matrix than this do not show a shape: no phase is named. */
export const MIN_SIZE = 16;

export interface ClassifyOptions {
  /** Eigenvalues per matrix (M). Below 16 the phase is null and the reason says so. */
  readonly size: number;
  /**
   * Why alpha is not valid in that phase (`alphaObjection`), null where it is: the sentence must not claim a power law
   * that the row denies, or deny one.
   */
  readonly alphaReason: (phase: PhaseName) => string | null;
  /**
   * The null of the permuted entries that the evidence of bulk and edge was read from, where it was: the sentence gives
   * its figures.
   */
  readonly permuted?: PermutationNull | null;
}

/**
 * Names the phase of a spectrum from its evidence: a tree of questions (questions.ts), each answered by one statistic
 * with its error, the probabilities multiplied along the way. The name is the likeliest leaf, the confidence its
 * probability less what the size costs (confidence.ts).
 */
export function classifyPhase(evidence: PhaseEvidence, { size, alphaReason, permuted = null }: ClassifyOptions): PhaseDecision {
  if (size < MIN_SIZE) {
    const reason = `Too small to tell: ${size} eigenvalues per matrix do not show the shape of a density (${MIN_SIZE} are needed).`;
    return { phase: null, confidence: 0, evidence, path: [], reason, alternatives: [] };
  }
  const { phase, path, ranked } = walkQuestions(evidence, size);
  const [{ probability }, ...rest] = ranked;
  const confidence = calibratedConfidence(probability, size);
  // What the name loses by its size, the others share.
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
