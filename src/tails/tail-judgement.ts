import type { Interval } from "./bootstrap.js";
import { type DecidedLaw, decideLaw } from "./decide-law.js";
import { hill } from "./hill.js";
import { compareTailLaws, type LawComparison } from "./likelihood-ratio.js";
import { fitPowerLaw, type PowerLawFit } from "./power-law.js";
import { alphaInterval, powerLawP } from "./power-law-pivots.js";
import { scaleFreeTail } from "./scale-free-tail.js";
import { type TailIndex, type TailIndexOptions, tailIndex, tailIndexAbove } from "./tail-index.js";
import type { FittedTail } from "./tail-laws.js";

/**
 * The alternatives to the power law, each with its likelihood ratio above one xmin; a positive ratio favours the power
 * law.
 */
export interface TailAlternatives {
  readonly exponential: LawComparison;
  readonly lognormal: LawComparison;
  readonly truncated: LawComparison;
  readonly stretched: LawComparison;
  /** The xmin above which all were fitted, and the number of values there. */
  readonly xmin: number;
  readonly count: number;
}

/** The judgement of a tail. It decides both whether alpha is valid and whether the spectrum is heavy-tailed. */
export interface TailJudgement {
  readonly index: TailIndex | null;
  /** P(index > `HEAVY_INDEX`); null without an index. */
  readonly heavy: number | null;
  /** The power law of the spectrum, without WeightWatcher's absolute bound on eigenvalues. */
  readonly powerLaw: PowerLawFit | null;
  /** 95 % interval of alpha, including the choice of xmin. */
  readonly alphaInterval: Interval | null;
  /** P(an exact power law with a tail of this size fits worse). */
  readonly goodnessP: number | null;
  readonly versus: TailAlternatives | null;
  readonly bestLaw: DecidedLaw | null;
  /** A power law describes the tail, so alpha is its exponent. */
  readonly alphaValid: boolean;
  /** Why alpha is not valid; null if it is. */
  readonly reason: string | null;
}

/**
 * The index from which a tail counts as heavy: alpha 6, the end of the range in which [MPM21] and [SETOL25] interpret
 * alpha. Covariance spectra at k = M/5 have an index of -0.1 to 0.1 for exponential populations, 0.3 for power laws of
 * alpha 3, and only 0.1 for alpha 4 (docs/decisions/0018).
 */
export const HEAVY_INDEX = 0.2;
/** The tail counts as heavy from this P(index > HEAVY_INDEX) on. */
export const MIN_HEAVY = 0.5;
/** With fewer eigenvalues in the tail, alpha is not valid. */
const MIN_TAIL = 8;
/** If 99 of 100 exact power laws fit better, the tail is not a power law. */
const MIN_GOODNESS = 0.01;
/** Another law replaces the power law if it describes the tail better at this level. */
const MAX_ALTERNATIVE_P = 0.01;

export interface JudgementOptions extends Pick<TailIndexOptions, "floor" | "independent"> {
  /** WeightWatcher's fit of the same values, if already computed. */
  readonly fit?: PowerLawFit | null;
}

/**
 * Judges the upper tail of `values` (ascending): its extreme-value index, its power law with an interval and a goodness
 * p, and its likelihood ratios against other laws. All laws are compared above one xmin: that of the power law or the
 * threshold of the index, whichever has more values above it. The scan for xmin looks for a power law and may leave so
 * few values that no laws can be distinguished. Costs about as much as the power-law scan.
 */
export function judgeTail(
  values: Float64Array,
  { fit, floor = 0, independent = false }: JudgementOptions = {},
): TailJudgement {
  const powerLaw = scaleFreeTail(values, fit === undefined ? fitPowerLaw(values) : fit, floor);
  const index = tailIndex(values, { floor, independent });
  const heavy = index === null ? null : tailIndexAbove(index, HEAVY_INDEX);
  const tail = powerLaw === null ? null : comparedTail(values, powerLaw, index);
  const comparison = tail === null ? null : compareTailLaws(values, tail);
  const evidence: TailEvidence = {
    index,
    heavy,
    powerLaw,
    alphaInterval: powerLaw === null ? null : alphaInterval(powerLaw),
    goodnessP: powerLaw === null ? null : powerLawP(powerLaw),
    versus:
      tail === null || comparison === null
        ? null
        : {
            exponential: comparison.againstPowerLaw.EXP,
            lognormal: comparison.againstPowerLaw.LOG_N,
            truncated: comparison.againstPowerLaw.TPL,
            stretched: comparison.againstPowerLaw.S_EXP,
            xmin: tail.xmin,
            count: tail.nTail,
          },
    bestLaw: comparison === null ? null : decideLaw(comparison),
  };
  const reason = tailObjection(evidence);
  return { ...evidence, alphaValid: reason === null, reason };
}

/** The evidence that `tailObjection` uses. */
export type TailEvidence = Omit<TailJudgement, "alphaValid" | "reason">;

/** The longer of two tails: above the xmin of the power law, or above the threshold of the index. */
function comparedTail(values: Float64Array, powerLaw: PowerLawFit, index: TailIndex | null): FittedTail {
  const count = index === null ? 0 : index.k + index.dropped;
  return count > powerLaw.nTail ? (hill(values, { k: count }) ?? powerLaw) : powerLaw;
}

/** Why the power law does not describe the tail, with the deciding number; null if there is no objection. */
export function tailObjection({
  index,
  heavy,
  powerLaw,
  goodnessP,
  versus,
}: Omit<TailEvidence, "alphaInterval" | "bestLaw">): string | null {
  if (powerLaw === null || goodnessP === null) return "no power law could be fitted";
  if (powerLaw.nTail < MIN_TAIL) return `the tail has only ${powerLaw.nTail} eigenvalues (${MIN_TAIL} are needed)`;
  if (index === null || heavy === null) return "too few distinct eigenvalues to measure the index of the tail";
  if (goodnessP < MIN_GOODNESS) {
    return (
      `the power law does not fit: D = ${powerLaw.ks.toFixed(3)} (p = ${shown(goodnessP)} for ` +
      `${powerLaw.nTail} eigenvalues)`
    );
  }
  if (!index.applies) return index.reason;
  if (heavy < MIN_HEAVY) return lightTail(index);
  if (versus === null) return "too few distinct eigenvalues to compare laws of the tail";
  const better = (
    [
      ["an exponential", versus.exponential],
      ["a lognormal law", versus.lognormal],
      ["a power law with a cut-off", versus.truncated],
      ["a stretched exponential", versus.stretched],
    ] as const
  ).find(([, { ratio, p }]) => ratio < 0 && p < MAX_ALTERNATIVE_P);
  if (better === undefined) return null;
  return (
    `${better[0]} describes the tail better (normalised log-likelihood ratio ${better[1].ratio.toFixed(1)}, p ` +
    `= ${shown(better[1].p)})`
  );
}

function lightTail({ xi, low, high, dropped }: TailIndex): string {
  const [value, interval] = [xi.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`];
  const where = dropped > 0 ? `without the ${dropped} largest eigenvalues, which a gap separates, ` : "";
  const shape = high < 0 ? "the spectrum ends at an edge" : "the tail is not heavy";
  return (
    `${where}${shape}: its index is ${value} (${interval}), and a power law with alpha up to 6 has ` +
    `${HEAVY_INDEX} or more`
  );
}

function shown(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
