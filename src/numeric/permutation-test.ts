import { betaSurvival } from "./incomplete-beta.js";
import { createRng, type Rng, shuffleInPlace } from "./random.js";

/** Up to so many pairs all n! orders are counted (9! = 362,880, a few milliseconds). */
export const MAX_EXACT_PAIRS = 9;
/** With fewer different values on one side, or more than half of them equal, orders are drawn. */
const MIN_DIFFERENT = 5;
const DRAWS = 20_000;
const DEFAULT_SEED = 1;
/** Sums that differ by less than this share of the largest possible one are equal. Sums of midranks are exact. */
const TIE = 1e-12;

/**
 * P(|r| of a random order >= |r| of the given one), two-sided, for Pearson's correlation r of `x` and `y`; of midranks
 * it is the test of Spearman's rho. Up to 9 pairs exact, by all n! orders [Heap63]. Beyond, r^2 as a beta variable with
 * its exact first and second moments under permutation [Pit37], which takes ties into account, with a continuity
 * correction: within 10 % of the counted p (scripts/validate-rank-correlation.mjs). If one side is coarse (fewer than 5
 * different values, or more than half of them equal), the share of 20,000 random orders instead, (1 + count)/(1 +
 * draws) [PS10]. 1 if one side is constant. Throws `RangeError` for sides of different lengths.
 */
export function permutationP(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { rng = createRng(DEFAULT_SEED) }: { readonly rng?: Rng } = {},
): number {
  if (x.length !== y.length) throw new RangeError(`a correlation needs pairs: found ${x.length} and ${y.length}`);
  const [a, b] = [centred(x), centred(y)];
  const scale = Math.sqrt(sumOfPowers(a, 2) * sumOfPowers(b, 2));
  if (scale === 0) return 1;
  if (a.length <= MAX_EXACT_PAIRS) return exactP(a, b);
  if (isCoarse(x) || isCoarse(y)) return drawnP(a, b, rng);
  // Sums of products lie on a lattice: with many ties a coarse one.
  const halfStep = (latticeStep(x) * latticeStep(y)) / 2;
  return momentP(a, b, Math.min(1, Math.max(0, Math.abs(dot(a, b)) - halfStep) / scale));
}

/** Whether the law of r is too coarse for a continuous one. */
function isCoarse(values: ArrayLike<number>): boolean {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i], (counts.get(values[i]) ?? 0) + 1);
  return counts.size < MIN_DIFFERENT || Math.max(...counts.values()) > values.length / 2;
}

function drawnP(a: Float64Array, b: Float64Array, rng: Rng): number {
  const drawn = b.slice();
  const least = Math.abs(dot(a, b)) - TIE * Math.sqrt(sumOfPowers(a, 2) * sumOfPowers(b, 2));
  let extreme = 0;
  for (let draw = 0; draw < DRAWS; draw++) if (Math.abs(dot(a, shuffleInPlace(drawn, rng))) >= least) extreme++;
  return (1 + extreme) / (1 + DRAWS);
}

/** Every order of b once. Heap's method exchanges two entries per step, which changes the sum by one product. */
function exactP(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const values = b.slice();
  let sum = dot(a, b);
  const least = Math.abs(sum) - TIE * Math.sqrt(sumOfPowers(a, 2) * sumOfPowers(b, 2));
  let orders = 1;
  let extreme = 1;
  const counts = new Uint8Array(n);
  for (let i = 1; i < n; ) {
    if (counts[i] >= i) {
      counts[i++] = 0;
      continue;
    }
    const j = i % 2 === 0 ? 0 : counts[i];
    sum += (a[i] - a[j]) * (values[j] - values[i]);
    [values[i], values[j]] = [values[j], values[i]];
    orders++;
    if (Math.abs(sum) >= least) extreme++;
    counts[i]++;
    i = 1;
  }
  return extreme / orders;
}

/** r^2 ~ Beta(p, q) with E r^2 = 1/(n - 1) and E r^4 as under permutation; without kurtosis it is Student's test. */
function momentP(a: Float64Array, b: Float64Array, observed: number): number {
  const n = a.length;
  const mean = 1 / (n - 1);
  const kurtoses = relativeKurtosis(a) * relativeKurtosis(b);
  const fourth = (3 / (n * n - 1)) * (1 + (((n - 2) * (n - 3)) / (3 * n * (n - 1) ** 2)) * kurtoses);
  const total = (mean * (1 - mean)) / (fourth - mean ** 2) - 1;
  // Extreme ties (nearly all values equal) leave no beta law with these moments.
  if (!(total > 0)) return 1;
  return betaSurvival(observed ** 2, { a: mean * total, b: (1 - mean) * total });
}

/** The largest step of which all differences of midranks are multiples; 0 for values that are no multiples of 1/2. */
function latticeStep(values: ArrayLike<number>): number {
  let step = 0;
  for (let i = 1; i < values.length; i++) {
    let a = step;
    let b = Math.abs(2 * (values[i] - values[0]));
    if (!Number.isInteger(b)) return 0;
    while (b !== 0) [a, b] = [b, a % b];
    step = a;
  }
  return step / 2;
}

/** k4/k2^2 of Fisher's k-statistics. */
function relativeKurtosis(a: Float64Array): number {
  const n = a.length;
  const [m2, m4] = [sumOfPowers(a, 2) / n, sumOfPowers(a, 4) / n];
  const k2 = (m2 * n) / (n - 1);
  const k4 = (n * n * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2)) / ((n - 1) * (n - 2) * (n - 3));
  return k4 / (k2 * k2);
}

export interface BestOfMany {
  /** Per column: P(the largest |r| of all columns of a random order >= its own |r|). */
  readonly p: readonly number[];
  /** The value that the largest |r| of all columns exceeds in 5 % of the random orders. */
  readonly bound: number;
}

/**
 * The test of each of several columns, corrected for their number and for what they have in common: the largest |r| of
 * all columns under the same random orders of `y` ([WY93] chapter 2, single step). The estimate is (1 + count)/(1 +
 * draws), which is never 0 [PS10]. Every column must have as many values as `y`; constant ones count as r = 0.
 */
export function bestOfManyP(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { rng, draws = 2000 }: { readonly rng: Rng; readonly draws?: number },
): BestOfMany {
  const scaled = columns.map(unit);
  const target = unit(y);
  const own = scaled.map((column) => Math.abs(dot(column, target)));
  const best = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    shuffleInPlace(target, rng);
    for (const column of scaled) best[draw] = Math.max(best[draw], Math.abs(dot(column, target)));
  }
  best.sort();
  const p = own.map((value) => (1 + best.filter((other) => other >= value - TIE).length) / (1 + draws));
  return { p, bound: Math.min(1, best[Math.ceil(0.95 * draws) - 1]) };
}

function centred(values: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(values);
  const mean = copy.reduce((sum, value) => sum + value, 0) / copy.length;
  return copy.map((value) => value - mean);
}

/** Centred, and of length 1; all 0 for a constant column. */
function unit(values: ArrayLike<number>): Float64Array {
  const column = centred(values);
  const norm = Math.sqrt(sumOfPowers(column, 2));
  return norm === 0 ? column : column.map((value) => value / norm);
}

function sumOfPowers(values: Float64Array, power: number): number {
  return values.reduce((sum, value) => sum + value ** power, 0);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
