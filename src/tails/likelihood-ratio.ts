import { chiSquaredSurvival, erfc } from "../numeric/index.js";
import { type FittedTail, fitLawOf, logTail, type TailLaw, type TailLawName } from "./tail-laws.js";

/** Which of two laws describes a tail better, with the strength of the evidence. */
export interface LawComparison {
  /**
   * Normalised log-likelihood ratio R/(s sqrt(n)); positive favours the power law; approximately normal where neither
   * is closer [Vuo89].
   */
  readonly ratio: number;
  /**
   * Two-sided p-value of the ratio: small where the data can tell the two laws apart. 1 where they are the same law.
   */
  readonly p: number;
  /** Log-likelihoods of the tail under the two laws. */
  readonly logLikelihoodPowerLaw: number;
  readonly logLikelihoodOther: number;
}

/** All laws fitted above the xmin of one power law, and how they compare. */
export interface TailComparison {
  readonly laws: Readonly<Record<TailLawName, TailLaw>>;
  /**
   * Each alternative against the power law. For TPL, in which the power law is nested, p is that of 2R under
   * chi-squared with one degree of freedom.
   */
  readonly againstPowerLaw: Readonly<Record<Exclude<TailLawName, "PL">, LawComparison>>;
  /** The label of [MM19] for the tail (`compareTailLaws`). */
  readonly best: TailLawName;
}

/** Level at which one law displaces another in the label. */
const LEVEL = 0.05;

/**
 * Fits the five laws above the xmin of `fit` and compares them; `values` ascending, as they were fitted. The label is
 * found as in the notebooks of [MM19]: the power law, unless the truncated power law is significantly better; then
 * exponential, stretched exponential and lognormal in this order, each taking the label where it is significantly (p <=
 * 0.05) better than the law that has it. So a label is the best of what the data can tell apart and, where they cannot,
 * PL: "PL" alone is no evidence for a power law.
 *
 * Ratios by Vuong's test ([Vuo89], [CSN09] section 5 and eq. C.6); where one law is nested in the other (PL in TPL, EXP
 * in S_EXP) p is that of [Wil38]. As the power law is on the edge of TPL (Lambda >= 0), the true p is half of that: the
 * powerlaw package's convention, kept here, is conservative. null where the tail has fewer than 3 values or all are
 * equal.
 */
export function compareTailLaws(values: Float64Array, fit: FittedTail): TailComparison | null {
  if (fit.nTail < 3) return null;
  const tail = logTail(values, fit);
  const law = (name: TailLawName): TailLaw | null => fitLawOf(name, tail);
  const [PL, TPL, EXP, S_EXP, LOG_N] = [law("PL"), law("TPL"), law("EXP"), law("S_EXP"), law("LOG_N")];
  if (PL === null || TPL === null || EXP === null || S_EXP === null || LOG_N === null) return null;

  let best = PL;
  for (const challenger of [TPL, EXP, S_EXP, LOG_N]) {
    const { ratio, p } = compareLaws(best, challenger);
    if (ratio < 0 && p <= LEVEL) best = challenger;
  }
  return {
    laws: { PL, TPL, EXP, S_EXP, LOG_N },
    againstPowerLaw: {
      TPL: compareLaws(PL, TPL),
      EXP: compareLaws(PL, EXP),
      S_EXP: compareLaws(PL, S_EXP),
      LOG_N: compareLaws(PL, LOG_N),
    },
    best: best.name,
  };
}

const NESTED: Readonly<Partial<Record<TailLawName, TailLawName>>> = { TPL: "PL", S_EXP: "EXP" };

/**
 * R = sum_j ln p_first(x_j) - ln p_second(x_j); positive favours `first`, which is the one named "power law" in the
 * result.
 */
function compareLaws(first: TailLaw, second: TailLaw): LawComparison {
  const n = first.logDensities.length;
  const logLikelihoods = { logLikelihoodPowerLaw: first.logLikelihood, logLikelihoodOther: second.logLikelihood };
  if (first.isPowerLaw && second.isPowerLaw) return { ratio: 0, p: 1, ...logLikelihoods };
  const R = first.logLikelihood - second.logLikelihood;
  const mean = R / n;
  let squares = 0;
  for (let j = 0; j < n; j++) squares += (first.logDensities[j] - second.logDensities[j] - mean) ** 2;
  if (!(squares > 0)) return { ratio: 0, p: 1, ...logLikelihoods };
  const ratio = R / Math.sqrt(squares);
  const nested = NESTED[second.name] === first.name;
  return { ratio, p: nested ? chiSquaredSurvival(2 * Math.abs(R)) : erfc(Math.abs(ratio) * Math.SQRT1_2), ...logLikelihoods };
}
