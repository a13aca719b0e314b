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
  /** The xmin above which all were fitted, and the values there. */
  readonly xmin: number;
  readonly count: number;
}

/**
 * The one judgement of a tail: whether alpha may be read, and whether the spectrum is heavy-tailed, are read off it.
 */
export interface TailJudgement {
  readonly index: TailIndex | null;
  /** P(index > `HEAVY_INDEX`); null without an index. */
  readonly heavy: number | null;
  /** The power law of the spectrum, without WeightWatcher's absolute bound on eigenvalues. */
  readonly powerLaw: PowerLawFit | null;
  /** 95 % interval of alpha, the choice of xmin included. */
  readonly alphaInterval: Interval | null;
  /** P(an exact power law fits worse), adjusted to the size of the tail. */
  readonly goodnessP: number | null;
  readonly versus: TailAlternatives | null;
  readonly bestLaw: DecidedLaw | null;
  /** A power law describes the tail: alpha may be read as its exponent. */
  readonly alphaValid: boolean;
  /** Why not; null where it does. */
  readonly reason: string | null;
}

/**
 * The index from which a tail counts as heavy: alpha 6, the end of the range in which [MPM21] and [SETOL25] read alpha.
 * Of covariance spectra at k = M/5, those of exponential populations have -0.1 to 0.1, those of power laws of alpha 3
 * have 0.3, those of alpha 4 only 0.1 (docs/decisions/0018).
 */
export const HEAVY_INDEX = 0.2;
/** P(index > HEAVY_INDEX) from which the tail is judged heavy. */
export const MIN_HEAVY = 0.5;
/** A tail of fewer eigenvalues has no exponent worth a number. */
const MIN_TAIL = 8;
/** A power law that fits worse than 99 in 100 exact ones is none. */
const MIN_GOODNESS = 0.01;
/** A law that describes the tail better at this level displaces the power law. */
const MAX_ALTERNATIVE_P = 0.01;

export interface JudgementOptions extends Pick<TailIndexOptions, "floor" | "independent"> {
  /** WeightWatcher's fit of the same values, where there is one already. */
  readonly fit?: PowerLawFit | null;
}

/**
 * Judges the upper tail of `values` (ascending): its extreme-value index, its power law with an interval and a goodness
 * p, and the likelihood ratios against other laws above one xmin, that of the power law or of the index, whichever has
 * more values above it: the scan for xmin, which looks for a power law, must not leave so few that no law could be told
 * from another. Costs about as much as the power-law scan.
 */
export function judgeTail(values: Float64Array, { fit, floor = 0, independent = false }: JudgementOptions = {}): TailJudgement {
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

/** What `tailObjection` is read off. */
export type TailEvidence = Omit<TailJudgement, "alphaValid" | "reason">;

/** The longer of two tails: above the xmin of the power law, or above the threshold of the index. */
function comparedTail(values: Float64Array, powerLaw: PowerLawFit, index: TailIndex | null): FittedTail {
  const count = index === null ? 0 : index.k + index.dropped;
  return count > powerLaw.nTail ? (hill(values, { k: count }) ?? powerLaw) : powerLaw;
}

/** Why the power law does not describe the tail, with the number that says so; null where nothing speaks against it. */
export function tailObjection({
  index,
  heavy,
  powerLaw,
  goodnessP,
  versus,
}: Omit<TailEvidence, "alphaInterval" | "bestLaw">): string | null {
  if (powerLaw === null || goodnessP === null) return "no power law could be fitted";
  if (powerLaw.nTail < MIN_TAIL) return `the tail has only ${powerLaw.nTail} eigenvalues (${MIN_TAIL} are needed)`;
  if (index === null || heavy === null) return "too few different eigenvalues to measure the index of the tail";
  if (goodnessP < MIN_GOODNESS) {
    return `the power law does not fit: D = ${powerLaw.ks.toFixed(3)} (p = ${shown(goodnessP)} for ${powerLaw.nTail} eigenvalues)`;
  }
  if (!index.applies) return index.reason;
  if (heavy < MIN_HEAVY) return lightTail(index);
  if (versus === null) return "too few different eigenvalues to compare laws of the tail";
  const better = (
    [
      ["an exponential", versus.exponential],
      ["a lognormal law", versus.lognormal],
      ["a power law with a cut-off", versus.truncated],
      ["a stretched exponential", versus.stretched],
    ] as const
  ).find(([, { ratio, p }]) => ratio < 0 && p < MAX_ALTERNATIVE_P);
  if (better === undefined) return null;
  return `${better[0]} describes the tail better (normalised log-likelihood ratio ${better[1].ratio.toFixed(1)}, p = ${shown(better[1].p)})`;
}

function lightTail({ xi, low, high, dropped }: TailIndex): string {
  const [value, interval] = [xi.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`];
  const where = dropped > 0 ? `below the ${dropped} largest eigenvalues, which stand apart, ` : "";
  const shape = high < 0 ? "the spectrum ends at an edge" : "the tail is not heavy";
  return `${where}${shape}: its index is ${value} (${interval}), and a power law with alpha up to 6 has ${HEAVY_INDEX} or more`;
}

function shown(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
