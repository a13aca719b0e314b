import type { TailComparison } from "./likelihood-ratio.js";
import type { TailLawName } from "./tail-laws.js";

/** The law of a tail, or that the data do not single one out. */
export type DecidedLaw = TailLawName | "not decided";

/** 5 % two-sided of a normal ratio [Vuo89]. */
const MIN_RATIO = 1.96;
/**
 * 2 ln of the likelihood ratio that one more parameter must gain: 5 % of chi-squared with one degree of freedom
 * [Wil38].
 */
const MIN_GAIN = 3.84;
/** Up to this gain the simpler law is named: 70 % of chi-squared. Between the two nothing is. */
const MAX_GAIN_OF_NOISE = 1.07;
/** Laws of two parameters. */
const BENT = ["TPL", "S_EXP", "LOG_N"] as const;

/**
 * Names the law of a tail where the data single one out. A law of one parameter, power law or exponential, is named
 * where it beats the other by Vuong's test and no law of two parameters gains more on it than noise does; a law of two
 * parameters, where it gains significantly on both of these and on the other two. Else "not decided". Unlike
 * `TailComparison.best`, the label of [MM19], which is "PL" wherever the data cannot tell: of 100 exponential values
 * that says PL in 7 cases of 10, this in 1 of 100 (docs/decisions/0018).
 */
export function decideLaw({ laws, againstPowerLaw }: TailComparison): DecidedLaw {
  const gain = (over: TailLawName, law: TailLawName): number => 2 * (laws[law].logLikelihood - laws[over].logLikelihood);
  const best = BENT.reduce((a, b) => (gain(a, b) > 0 ? b : a));
  if (gain("PL", best) > MIN_GAIN && gain("EXP", best) > MIN_GAIN) {
    return BENT.every((law) => law === best || gain(law, best) > MIN_GAIN) ? best : "not decided";
  }
  const { ratio } = againstPowerLaw.EXP;
  if (ratio > MIN_RATIO) return gain("PL", best) < MAX_GAIN_OF_NOISE ? "PL" : "not decided";
  if (ratio < -MIN_RATIO) return gain("EXP", best) < MAX_GAIN_OF_NOISE ? "EXP" : "not decided";
  return "not decided";
}
