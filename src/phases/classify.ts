import { type BrokenBy, explainPhase } from "./explain.js";
import { PHASES, type Phase, type PhaseDecision, type PhaseEvidence } from "./phase.js";
import { ALLOWANCE_ENDS, ALLOWANCE_FULL, FIRST_QUESTION, QUESTIONS, type Question, type QuestionName, type Term, UNSEEN } from "./rules.js";

/** A term that is further out than this says no more. */
const FURTHEST = 4;
/** Fewer eigenvalues a matrix than this do not show a shape: the phase is not told. */
export const SMALLEST_TO_TELL = 16;

export interface ClassifyOptions {
  /** Eigenvalues per matrix (M). Below 16 the phase is null and the reason says so. */
  readonly size: number;
  /** Why alpha is not valid in that phase (`alphaObjection`), null where it is: the sentence must not claim a power law that the row denies, or deny one. */
  readonly alphaReason: (phase: Phase) => string | null;
}

/**
 * Names the phase of a spectrum from its evidence: a tree of six questions (rules.ts), each answered with a probability (the logistic function of its
 * terms), the probabilities multiplied along the way. The phase is the likeliest leaf, the confidence its probability.
 */
export function classifyPhase(evidence: PhaseEvidence, { size, alphaReason }: ClassifyOptions): PhaseDecision {
  if (size < SMALLEST_TO_TELL) {
    const reason = `Too small to tell: ${size} eigenvalues a matrix do not show the shape of a density (${SMALLEST_TO_TELL} are needed).`;
    return { phase: null, confidence: 0, evidence, reason, alternatives: [] };
  }
  const likelihood = new Map<Phase, number>(PHASES.map((phase) => [phase, 0]));
  descend(FIRST_QUESTION, 1);
  const ranked = [...likelihood].map(([phase, confidence]) => ({ phase, confidence })).sort((a, b) => b.confidence - a.confidence);
  const [{ phase, confidence }, ...rest] = ranked;
  return {
    phase,
    confidence,
    evidence,
    reason: explainPhase(phase, evidence, { alphaReason: alphaReason(phase), brokenBy: brokenBy(evidence) }),
    alternatives: rest.filter((other) => other.confidence >= 0.01),
  };

  function descend(name: QuestionName, weight: number): void {
    const question = QUESTIONS[name];
    const yes = answer(question, evidence);
    follow(question.yes, weight * yes);
    follow(question.no, weight * (1 - yes));
  }

  function follow(next: Phase | QuestionName, weight: number): void {
    if (isPhase(next)) likelihood.set(next, (likelihood.get(next) ?? 0) + weight);
    else descend(next, weight);
  }
}

function isPhase(name: string): name is Phase {
  return (PHASES as readonly string[]).includes(name);
}

/** Probability of "yes". */
function answer({ join, terms }: Question, evidence: PhaseEvidence): number {
  const scores = terms.map((term) => score(term, evidence));
  const total = { any: Math.max(...scores), all: Math.min(...scores), sum: scores.reduce((sum, value) => sum + value, 0) }[join];
  return 1 / (1 + Math.exp(-total));
}

function score({ measure, threshold, width, missing = 0 }: Term, evidence: PhaseEvidence): number {
  const value = measureOf(measure, evidence);
  if (value === null) return missing;
  return Math.max(-FURTHEST, Math.min(FURTHEST, (value - threshold) / width));
}

function brokenBy(evidence: PhaseEvidence): BrokenBy {
  if (evidence.bulk_misfit === null) return "no bulk";
  const [misfit, crowding] = QUESTIONS["bulk-broken"].terms.map((term) => score(term, evidence));
  if (Math.max(misfit, crowding) <= 0) return "neither";
  return misfit >= crowding ? "misfit" : "crowding";
}

/** Outliers that `crowding` forgives. */
const FORGIVEN = 5;

function measureOf(measure: Term["measure"], evidence: PhaseEvidence): number | null {
  const { edge_p, spikes, spike_fraction, mp_soft_rank } = evidence;
  switch (measure) {
    case "log10_edge_p":
      // A p that underflowed counts as 1e-300.
      return edge_p === null ? null : Math.log10(Math.max(edge_p, 1e-300));
    case "visible_misfit":
      return misfitBeyond(UNSEEN, evidence);
    case "telling_misfit":
      return misfitBeyond(UNSEEN * allowance(mp_soft_rank), evidence);
    case "crowding":
      return spikes === null || spike_fraction === null ? null : spikes === 0 ? 0 : spike_fraction * (1 - FORGIVEN / spikes);
    default:
      return evidence[measure];
  }
}

/** The bulk's distance to its law over the ordinary one, or over what passes unseen where that is more. */
function misfitBeyond(unseen: number, { bulk_misfit, bulk_ks }: PhaseEvidence): number | null {
  // bulk_ks/bulk_misfit is the ordinary distance.
  return bulk_misfit === null || bulk_ks === null ? null : Math.min(bulk_misfit, bulk_ks / unseen);
}

/** How much of what passes unseen is granted, from 0 to 1. */
function allowance(softRank: number | null): number {
  if (softRank === null) return 0;
  return Math.max(0, Math.min(1, (softRank - ALLOWANCE_ENDS) / (ALLOWANCE_FULL - ALLOWANCE_ENDS)));
}
