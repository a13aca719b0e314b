import { normalQuantile, normalSurvival } from "../numeric/index.js";
import {
  fitGeneralisedPareto,
  type GeneralisedParetoFit,
  MIN_EXCESSES,
  standardExponential,
} from "./generalised-pareto.js";
import { EXCESSES, LEVELS, RAW_QUANTILES, SHAPES } from "./tail-index-table.js";

/**
 * The extreme-value index xi of the upper tail: above 0 a power law with alpha = 1 + 1/xi, 0 an exponential decay,
 * below 0 a finite end of the support (-2/3 for a square-root edge, as of a Marchenko-Pastur bulk).
 */
export interface TailIndex {
  /** Median-unbiased estimate for a generalised Pareto tail. */
  readonly xi: number;
  /** Half the width of the central 68 % interval. */
  readonly se: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Excesses used: the k largest values above the threshold, after `dropped` values at the top were removed. */
  readonly k: number;
  /** Number of largest values removed because a gap separates them from the rest. */
  readonly dropped: number;
  /** Raw estimate. The confidence distribution follows from it (`tailIndexAbove`). */
  readonly raw: number;
  /** Spread of the estimate relative to that of independent values: below 1 if eigenvalues repel (`repulsionAt`). */
  readonly repulsion: number;
  /** false if the values above the threshold do not follow one law; `reason` says so. */
  readonly applies: boolean;
  readonly reason: string | null;
}

export interface TailIndexOptions {
  /** Excesses to use. Default a fifth of the values above `floor`, at least 10 (`defaultExcesses`). */
  readonly k?: number;
  /** Values at or below it count as zero and are ignored. Default 0. */
  readonly floor?: number;
  /** True for independent values. Default false: eigenvalues, which repel each other and have smaller chance gaps. */
  readonly independent?: boolean;
}

/** Fraction of the values that counts as the tail (docs/decisions/0018). */
const TAIL_SHARE = 0.2;
const MIN_DEFAULT_EXCESSES = 10;
/**
 * A gap with a smaller p than this, computed for independent values, splits the tail. Eigenvalues repel, so their
 * widest gap is smaller: less than 1 % of tails have p below 0.1.
 */
const MAX_GAP_P = 0.1;
const MAX_GAP_P_INDEPENDENT = 0.001;
/** How often the tail may be moved past a gap. */
const MAX_MOVES = 3;

/** k for n values: a fifth of them, at least 10, at most half. */
export function defaultExcesses(n: number): number {
  return Math.min(Math.max(MIN_DEFAULT_EXCESSES, Math.round(TAIL_SHARE * n)), Math.floor(n / 2));
}

/**
 * The extreme-value index of `values` (ascending) from their k largest, by Zhang's estimator of the generalised Pareto
 * shape [Zha10], corrected for its bias, with an interval from the inversion of its tabulated sampling distribution
 * (tail-index-table.ts). Exact for independent generalised Pareto excesses at any k. Does not depend on scale or origin
 * of the values. If an improbable gap splits the k largest, they follow two laws: a few above the gap are spikes and
 * are removed, many are used alone. If gaps remain, `applies` is false. null if fewer than 8 distinct excesses remain.
 * O(k sqrt k).
 */
export function tailIndex(
  values: Float64Array,
  { k: wanted, floor = 0, independent = false }: TailIndexOptions = {},
): TailIndex | null {
  let first = 0;
  while (first < values.length && !(values[first] > floor)) first++;
  let start = first;
  let end = values.length;
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
    // A few values above the gap are spikes: the tail lies below them. Many are a law of their own, whose smallest
    // value is the threshold.
    const many = gap.above - 1 >= MIN_EXCESSES && 2 * gap.above >= k;
    const isFinal = move === MAX_MOVES || (many ? false : end - gap.above - start - 1 < MIN_EXCESSES);
    if (isFinal) {
      return done(
        fit,
        `a gap below the ${gap.above + values.length - end} largest values: they are not the tail of one law`,
      );
    }
    // The next pass reduces k to the remaining values minus the threshold.
    if (many) start = end - gap.above;
    else end -= gap.above;
  }
}

/** P(the index of the law is above `threshold`), from the confidence distribution of the estimate. */
export function tailIndexAbove(
  { raw, k, repulsion }: Pick<TailIndex, "raw" | "k" | "repulsion">,
  threshold: number,
): number {
  return normalSurvival(-scoreAt(raw, quantilesOf(k), threshold) / repulsion);
}

/**
 * Index from which eigenvalues no longer repel, index up to which they repel as in a bulk, and the spread there
 * relative to that of independent values.
 */
const NO_REPULSION = -0.1;
const FULL_REPULSION = -0.5;
const BULK_SPREAD = 0.4;

/**
 * Spread of the index of a spectrum, relative to that of independent values with the same index. Eigenvalues near an
 * edge repel each other and are spaced more evenly than by chance. Simulated (docs/decisions/0018): 0.3 to 0.4 for a
 * bulk or a bounded population, 0.6 to 0.9 for an exponential one (larger for larger Q), 0.9 to 1 for power laws, whose
 * largest eigenvalues are far apart. This function is on the safe side.
 */
function repulsionAt(xi: number): number {
  const share = (xi - FULL_REPULSION) / (NO_REPULSION - FULL_REPULSION);
  return BULK_SPREAD + (1 - BULK_SPREAD) * Math.max(0, Math.min(1, share));
}

/**
 * The widest spacing, in units in which the spacings of the fitted law are independent exponentials of mean 1: the
 * number of values above it, and its p-value.
 */
function widestGap(excesses: Float64Array, fit: GeneralisedParetoFit): { above: number; p: number } {
  const k = excesses.length;
  let widest = 0;
  let above = 0;
  let higher = standardExponential(fit, excesses[k - 1]);
  for (let j = 1; j <= k; j++) {
    const lower = j === k ? 0 : standardExponential(fit, excesses[k - 1 - j]);
    if (j * (higher - lower) > widest) [widest, above] = [j * (higher - lower), j];
    higher = lower;
  }
  return { above, p: -Math.expm1(k * Math.log1p(-Math.exp(-widest))) };
}

/** Normal scores of the tabulated levels, and the score of a two-sided 95 % interval. */
const SCORES = LEVELS.map(normalQuantile);
const SCORE_95 = 1.959963984540054;

/**
 * Estimate, error and interval: the indices for which the raw estimate is at the median, at one standard deviation and
 * at the 95 % points of its distribution.
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
  return { xi, se: (end(-1) - end(1)) / 2, low: end(SCORE_95), high: end(-SCORE_95), repulsion };
}

/**
 * Quantiles of the raw estimate for each tabulated shape at this k, linear in 1/sqrt(k); beyond the largest k their
 * distance to the shape shrinks at the same rate.
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
  return SHAPES.map((_, shape) =>
    row(i, shape).map((quantile, level) => quantile + share * (row(i + 1, shape)[level] - quantile)),
  );
}

/** The normal score of `raw` in the distribution of the estimate under index `xi`. */
function scoreAt(raw: number, quantiles: readonly (readonly number[])[], xi: number): number {
  const { index, share } = placeIn(SHAPES, xi);
  const line = quantiles[index].map((quantile, level) => quantile + share * (quantiles[index + 1][level] - quantile));
  const { index: level, share: part } = placeIn(line, raw);
  return SCORES[level] + part * (SCORES[level + 1] - SCORES[level]);
}

/** The index for which `raw` has this normal score; it falls as the score rises. Clamped to the tabulated shapes. */
function shapeAt(raw: number, quantiles: readonly (readonly number[])[], score: number): number {
  const { index, share } = placeIn(SCORES, score);
  const column = quantiles.map((line) => line[index] + share * (line[index + 1] - line[index]));
  const { index: shape, share: part } = placeIn(column, raw);
  return SHAPES[shape] + Math.max(0, Math.min(1, part)) * (SHAPES[shape + 1] - SHAPES[shape]);
}

/** The position of x on an ascending grid. Outside the grid the share is below 0 or above 1. */
function placeIn(grid: readonly number[], x: number): { index: number; share: number } {
  let index = 0;
  while (index < grid.length - 2 && x > grid[index + 1]) index++;
  return { index, share: (x - grid[index]) / (grid[index + 1] - grid[index]) };
}
