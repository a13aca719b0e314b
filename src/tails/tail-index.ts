import { normalQuantile, normalSurvival } from "../numeric/index.js";
import { fitGeneralisedPareto, type GeneralisedParetoFit, MIN_EXCESSES, standardExponential } from "./generalised-pareto.js";
import { EXCESSES, LEVELS, RAW_QUANTILES, SHAPES } from "./tail-index-table.js";

/**
 * The extreme-value index xi of the upper tail: above 0 a power law with alpha = 1 + 1/xi, 0 an exponential decay,
 * below 0 an end of the support (-2/3 for a square-root edge, as that of a Marchenko-Pastur bulk).
 */
export interface TailIndex {
  /** Median-unbiased estimate for a generalised Pareto tail. */
  readonly xi: number;
  /** Half the width of the central 68 % interval. */
  readonly se: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Excesses used: the values above the (k + 1)-th, `dropped` at the top left out. */
  readonly k: number;
  /** The largest values, left out because a gap parts them from the rest. */
  readonly dropped: number;
  /** Raw estimate, from which the confidence distribution follows (`tailIndexAbove`). */
  readonly raw: number;
  /** Spread of the estimate over that of independent values: below 1 where eigenvalues repel (`repulsionAt`). */
  readonly repulsion: number;
  /** false where the values above the threshold do not follow one law; `reason` says so. */
  readonly applies: boolean;
  readonly reason: string | null;
}

export interface TailIndexOptions {
  /** Excesses to use. Default a fifth of the values above `floor`, at least 10 (`defaultExcesses`). */
  readonly k?: number;
  /** Values at or below it are zero and do not count. Default 0. */
  readonly floor?: number;
  /**
   * The values are independent, not eigenvalues, which repel each other: gaps among them are wider by chance. Default
   * false.
   */
  readonly independent?: boolean;
}

/** Share of the values that counts as the tail (docs/decisions/0018). */
const TAIL_SHARE = 0.2;
const MIN_DEFAULT_EXCESSES = 10;
/**
 * A gap this improbable between independent values parts them; eigenvalues repel, so that their widest gap is smaller:
 * less than 1 % of tails exceed 0.1.
 */
const MAX_GAP_P = 0.1;
const MAX_GAP_P_INDEPENDENT = 0.001;
/** How often k may be moved past a gap. */
const MAX_MOVES = 3;

/** k for n values: a fifth of them, at least 10, at most half. */
export function defaultExcesses(n: number): number {
  return Math.min(Math.max(MIN_DEFAULT_EXCESSES, Math.round(TAIL_SHARE * n)), Math.floor(n / 2));
}

/**
 * The extreme-value index of `values` (ascending) from their k largest, by Zhang's estimator of the generalised Pareto
 * shape [Zha10], with its bias taken out and an interval by inversion of its tabulated sampling distribution
 * (tail-index-table.ts): exact for independent generalised Pareto excesses, whatever k. Depends on neither scale nor
 * origin of the values. Where an improbable gap parts the k largest, they are two laws: few above it are left out
 * (spikes), many are taken alone; where gaps remain, `applies` is false. null where fewer than 8 distinct excesses are
 * left. O(k sqrt k).
 */
export function tailIndex(values: Float64Array, { k: wanted, floor = 0, independent = false }: TailIndexOptions = {}): TailIndex | null {
  let first = 0;
  while (first < values.length && !(values[first] > floor)) first++;
  let [start, end] = [first, values.length];
  let k = wanted ?? defaultExcesses(end - first);
  const done = (fit: GeneralisedParetoFit, reason: string | null): TailIndex => ({
    ...calibrated(fit.xi, { k, independent }),
    k,
    dropped: values.length - end,
    raw: fit.xi,
    applies: reason === null,
    reason,
  });
  const maxGapP = independent ? MAX_GAP_P_INDEPENDENT : MAX_GAP_P;
  for (let move = 0; ; move++) {
    k = Math.min(k, end - start - 1);
    if (k < MIN_EXCESSES) return null;
    const excesses = values.slice(end - k, end).map((value) => value - values[end - k - 1]);
    const fit = fitGeneralisedPareto(excesses);
    if (fit === null) return null;
    const gap = widestGap(excesses, fit);
    if (!(gap.p < maxGapP)) return done(fit, null);
    // Few above the gap are spikes: the tail is what lies below them. Many are a law of their own, whose smallest value
    // is the threshold.
    const many = gap.above - 1 >= MIN_EXCESSES && 2 * gap.above >= k;
    const stays = move === MAX_MOVES || (many ? false : end - gap.above - start - 1 < MIN_EXCESSES);
    if (stays) {
      return done(fit, `a gap below the ${gap.above + values.length - end} largest values: they are not the tail of one law`);
    }
    // k follows: it is at most the values left, less the threshold.
    if (many) start = end - gap.above;
    else end -= gap.above;
  }
}

/** P(the index of the law is above `threshold`), from the confidence distribution of the estimate. */
export function tailIndexAbove({ raw, k, repulsion }: Pick<TailIndex, "raw" | "k" | "repulsion">, threshold: number): number {
  return normalSurvival(-scoreAt(raw, quantilesOf(k), threshold) / repulsion);
}

/**
 * Where eigenvalues stop repelling, and where they repel as in a bulk: indices, and the spread there over that of
 * independent values.
 */
const NO_REPULSION = -0.1;
const FULL_REPULSION = -0.5;
const BULK_SPREAD = 0.4;

/**
 * Spread of the index of a spectrum over that of independent values with the same index. Eigenvalues near an edge repel
 * each other and lie more evenly than chance would have it: 0.3 to 0.4 for a bulk or a bounded population, 0.6 to 0.9
 * for an exponential one (the more the larger Q), 0.9 to 1 for power laws, whose largest eigenvalues are far apart
 * (simulated, docs/decisions/0018). Taken on the safe side.
 */
function repulsionAt(xi: number): number {
  const share = (xi - FULL_REPULSION) / (NO_REPULSION - FULL_REPULSION);
  return BULK_SPREAD + (1 - BULK_SPREAD) * Math.max(0, Math.min(1, share));
}

/**
 * The widest spacing, in units in which those of the fitted law are independent exponentials of mean 1: values above
 * it, and how improbable it is.
 */
function widestGap(excesses: Float64Array, fit: GeneralisedParetoFit): { above: number; p: number } {
  const k = excesses.length;
  let [widest, above] = [0, 0];
  let higher = standardExponential(fit, excesses[k - 1]);
  for (let j = 1; j <= k; j++) {
    const lower = j === k ? 0 : standardExponential(fit, excesses[k - 1 - j]);
    if (j * (higher - lower) > widest) [widest, above] = [j * (higher - lower), j];
    higher = lower;
  }
  return { above, p: -Math.expm1(k * Math.log1p(-Math.exp(-widest))) };
}

/** The 16 and 84 % points, and the two ends of the interval. */
const SCORES = LEVELS.map(normalQuantile);
const HALF = 1.959963984540054;

/**
 * Estimate, error and interval: the indices under which the raw estimate would lie at these points of its distribution.
 */
function calibrated(
  raw: number,
  { k, independent }: { k: number; independent: boolean },
): Pick<TailIndex, "xi" | "se" | "low" | "high" | "repulsion"> {
  const quantiles = quantilesOf(k);
  const at = (score: number): number => shapeAt(raw, quantiles, score);
  const xi = at(0);
  const repulsion = independent ? 1 : repulsionAt(xi);
  const end = (score: number): number => xi + repulsion * (at(score) - xi);
  return { xi, se: (end(-1) - end(1)) / 2, low: end(HALF), high: end(-HALF), repulsion };
}

/**
 * Quantiles of the raw estimate for each tabulated shape at this k, linear in 1/sqrt(k); beyond the largest k their
 * distance to the shape shrinks alike.
 */
function quantilesOf(k: number): readonly (readonly number[])[] {
  const last = EXCESSES.length - 1;
  const row = (i: number, shape: number): readonly number[] => RAW_QUANTILES[i * SHAPES.length + shape];
  if (k >= EXCESSES[last]) {
    const shrink = Math.sqrt(EXCESSES[last] / k);
    return SHAPES.map((xi, shape) => row(last, shape).map((quantile) => xi + shrink * (quantile - xi)));
  }
  let i = 0;
  while (i < last - 1 && k > EXCESSES[i + 1]) i++;
  const [here, next] = [EXCESSES[i] ** -0.5, EXCESSES[i + 1] ** -0.5];
  const share = (k ** -0.5 - here) / (next - here);
  return SHAPES.map((_, shape) => row(i, shape).map((quantile, level) => quantile + share * (row(i + 1, shape)[level] - quantile)));
}

/** The normal score of `raw` in the distribution of the estimate under index `xi`. */
function scoreAt(raw: number, quantiles: readonly (readonly number[])[], xi: number): number {
  const { index, share } = placeIn(SHAPES, xi);
  const line = quantiles[index].map((quantile, level) => quantile + share * (quantiles[index + 1][level] - quantile));
  const { index: level, share: part } = placeIn(line, raw);
  return SCORES[level] + part * (SCORES[level + 1] - SCORES[level]);
}

/** The index under which `raw` has this normal score; it falls as the score rises. Kept within the tabulated shapes. */
function shapeAt(raw: number, quantiles: readonly (readonly number[])[], score: number): number {
  const { index, share } = placeIn(SCORES, score);
  const column = quantiles.map((line) => line[index] + share * (line[index + 1] - line[index]));
  const { index: shape, share: part } = placeIn(column, raw);
  return SHAPES[shape] + Math.max(0, Math.min(1, part)) * (SHAPES[shape + 1] - SHAPES[shape]);
}

/** Where x lies on an ascending grid; outside, the share is below 0 or above 1. */
function placeIn(grid: readonly number[], x: number): { index: number; share: number } {
  let index = 0;
  while (index < grid.length - 2 && x > grid[index + 1]) index++;
  return { index, share: (x - grid[index]) / (grid[index + 1] - grid[index]) };
}
