import { chiSquaredSurvival, erfc } from "../numeric/index.js";
import { type FittedTail, fitLawOf, logTail, type TailLaw, type TailLawName } from "./tail-laws.js";

/** Which of two laws describes a tail better, and how strong the evidence is. */
export interface LawComparison {
  /**
   * Normalised log-likelihood ratio R/(s sqrt(n)); positive favours the power law; approximately normal if both laws
   * are equally close [Vuo89].
   */
  readonly ratio: number;
  /** Two-sided p-value of the ratio: small if the data distinguish the two laws. 1 if they are the same law. */
  readonly p: number;
  /** Log-likelihoods of the tail under the two laws. */
  readonly logLikelihoodPowerLaw: number;
  readonly logLikelihoodOther: number;
}

/** All laws fitted above the xmin of one power law, and how they compare. */
export interface TailComparison {
  readonly laws: Readonly<Record<TailLawName, TailLaw>>;
  /**
   * Each alternative against the power law. The power law is nested in TPL, so there p is that of 2R under chi-squared
   * with one degree of freedom.
   */
  readonly againstPowerLaw: Readonly<Record<Exclude<TailLawName, "PL">, LawComparison>>;
  /** The label of [MM19] for the tail (`compareTailLaws`). */
  readonly best: TailLawName;
}

/** Level at which one law replaces another in the label. */
const LEVEL = 0.05;

/**
 * Fits the five laws above the xmin of `fit` and compares them; `values` ascending, as they were fitted. The label is
 * found as in the notebooks of [MM19]. Start with the power law, or with the truncated power law if it is significantly
 * better. Then exponential, stretched exponential and lognormal follow in this order. Each takes the label if it is
 * significantly (p <= 0.05) better than the law that has it. If the data cannot distinguish the laws, the label is PL:
 * "PL" alone is no evidence for a power law.
 *
 * Ratios by Vuong's test ([Vuo89], [CSN09] section 5 and eq. C.6). If one law is nested in the other (PL in TPL, EXP in
 * S_EXP), p is that of [Wil38]. The power law is on the boundary of TPL (Lambda >= 0), so the true p is half of that;
 * this keeps the conservative convention of the powerlaw package. null if the tail has fewer than 3 values or all are
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
 * R = sum_j ln p_first(x_j) - ln p_second(x_j); positive favours `first`, whose log-likelihood the result calls that of
 * the power law.
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
  return {
    ratio,
    p: nested ? chiSquaredSurvival(2 * Math.abs(R)) : erfc(Math.abs(ratio) * Math.SQRT1_2),
    ...logLikelihoods,
  };
}
