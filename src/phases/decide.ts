import { normalSurvival } from "../numeric/index.js";
import { PHASE_NAMES, type PhaseEvidence, type PhaseName, type Step } from "./phase.js";
import { FIRST_QUESTION, QUESTIONS, type Question, type QuestionName } from "./questions.js";

/**
 * The result of the decision tree: the most probable leaf, the questions that led to it, and the probability of each
 * leaf.
 */
export interface Walk {
  readonly phase: PhaseName;
  readonly path: readonly Step[];
  /** Probability of each name, most likely first; they sum to 1. */
  readonly ranked: readonly { readonly phase: PhaseName; readonly probability: number }[];
}

/**
 * Probability of a yes: that the true value of the statistic lies on that side of the threshold, with a Gaussian error.
 */
export function probabilityOfYes(
  { statistic, threshold, yesWhen, error, missing }: Question,
  evidence: PhaseEvidence,
  size: number,
): number {
  const value = evidence[statistic];
  if (value === null) return missing.answer === "yes" ? missing.probability : 1 - missing.probability;
  const distance = (yesWhen === "above" ? threshold - value : value - threshold) / error(evidence, size);
  return Number.isNaN(distance) ? 0.5 : normalSurvival(distance);
}

/**
 * Asks the questions of questions.ts in their order. The probabilities of the answers are multiplied along each path;
 * the name is that of the most probable leaf. `size` is the number of eigenvalues per matrix.
 */
export function walkQuestions(evidence: PhaseEvidence, size: number): Walk {
  const probability = new Map<PhaseName, number>(PHASE_NAMES.map((name) => [name, 0]));
  descend(FIRST_QUESTION, 1);
  const ranked = [...probability]
    .map(([phase, share]) => ({ phase, probability: share }))
    .sort((a, b) => b.probability - a.probability);
  return { phase: ranked[0].phase, path: likeliestPath(ranked[0].phase), ranked };

  function descend(name: PhaseName | QuestionName, weight: number): void {
    if (isPhaseName(name)) {
      probability.set(name, (probability.get(name) ?? 0) + weight);
      return;
    }
    const question = QUESTIONS[name];
    const yes = probabilityOfYes(question, evidence, size);
    if (yes > 0) descend(question.yes, weight * yes);
    if (yes < 1) descend(question.no, weight * (1 - yes));
  }

  /**
   * The most probable path to a leaf. "undecided", and what follows a broken or crowded bulk, can be reached by
   * several.
   */
  function likeliestPath(leaf: PhaseName): readonly Step[] {
    let best: { weight: number; path: readonly Step[] } = { weight: -1, path: [] };
    const follow = (name: PhaseName | QuestionName, weight: number, path: readonly Step[]): void => {
      if (isPhaseName(name)) {
        if (name === leaf && weight > best.weight) best = { weight, path };
        return;
      }
      // Weights only shrink along a path.
      if (weight <= best.weight) return;
      const question = QUESTIONS[name];
      const yes = probabilityOfYes(question, evidence, size);
      const step = (answer: "yes" | "no"): Step => ({
        question: name,
        statistic: question.statistic,
        value: evidence[question.statistic],
        error: evidence[question.statistic] === null ? null : question.error(evidence, size),
        threshold: question.threshold,
        probability: answer === "yes" ? yes : 1 - yes,
        answer,
      });
      follow(question.yes, weight * yes, [...path, step("yes")]);
      follow(question.no, weight * (1 - yes), [...path, step("no")]);
    };
    follow(FIRST_QUESTION, 1, []);
    return best.path;
  }
}

function isPhaseName(name: string): name is PhaseName {
  return (PHASE_NAMES as readonly string[]).includes(name);
}
