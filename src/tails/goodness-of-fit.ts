import { createRng, deriveSeed, type Rng } from "../numeric/index.js";
import type { Replicates } from "./bootstrap.js";
import { fittedValues } from "./power-law.js";
import { type DistanceRule, firstCloseCandidate, scanPowerLaw } from "./power-law-scan.js";

/** The Clauset-Shalizi-Newman test: whether a power law above some xmin is a plausible account of the tail. */
export interface GoodnessOfFit {
  /**
   * Share of the replicates at least as far from their own best power law; small: no power law. [CSN09] rule it out at
   * p <= 0.1.
   */
  readonly p: number;
  /** The two-sided distance of the data to their best power law by that distance, and that law. */
  readonly ks: number;
  readonly alpha: number;
  readonly xmin: number;
  readonly nTail: number;
  readonly replicates: number;
}

/** [CSN09] section 4.1: 1000 replicates make p sure to 0.016. */
export const GOODNESS_REPLICATES = 1000;

/** The proper distance; with WeightWatcher's one-sided one p is further from uniform. */
const TWO_SIDED: DistanceRule = { step: 1 };
/**
 * sqrt(k) D below which a tail counts as a power law when the replicates are drawn: two fifths of true tails, their
 * exponent fitted, stay below it. Calibrated (scripts/calibrate-tail-coverage.mjs --what uniformity): the distance of p
 * to uniformity is 0.05 at n = 200 and 0.06 at n = 1000 for a hump with a tail and for a smooth start of the tail;
 * without it, [CSN09] to the letter, 0.07 to 0.09 and 0.08 to 0.11. Larger values help pure tails and spoil smooth
 * ones.
 */
const CLOSE = 0.65;

/**
 * Distances of the replicates of [CSN09] section 4.1 from their own best power law: of n values, each is with
 * probability nTail/n a draw from the fitted law and else one of the data below its xmin; xmin and alpha are refitted
 * with the whole scan.
 *
 * One departure. The scan ends at the xmin whose tail happens to lie closest to its law, often well inside a true power
 * law; replicates that were drawn from that xmin up would have less of a power law to choose from than the data had,
 * and lie further off. They are drawn from the smallest xmin whose tail is as close as true tails are (`CLOSE`), and
 * from the best one where there is none, as when there is no power law. NaN where a replicate has no fit; empty where
 * the data have none.
 */
export function replicateDistances(values: Float64Array, { seed, from = 0, to }: Replicates): Float64Array {
  const logs = fittedValues(values).map(Math.log);
  const scan = logs.length < 2 ? null : scanPowerLaw(logs, TWO_SIDED);
  if (scan === null) return new Float64Array();
  const source = firstCloseCandidate(logs, scan.best, CLOSE) ?? scan;
  return Float64Array.from({ length: to - from }, (_, index) => {
    const sample = semiParametric(logs, source, createRng(deriveSeed(seed, from + index)));
    return scanPowerLaw(sample, TWO_SIDED)?.distance ?? Number.NaN;
  });
}

/** The p-value from the distances of the replicates, (1 + hits)/(1 + replicates): never 0. null without a fit. */
export function goodnessFromDistances(values: Float64Array, distances: Float64Array): GoodnessOfFit | null {
  const x = fittedValues(values);
  const scan = x.length < 2 ? null : scanPowerLaw(x.map(Math.log), TWO_SIDED);
  if (scan === null || distances.length === 0) return null;
  const counted = distances.filter((distance) => !Number.isNaN(distance));
  const hits = counted.filter((distance) => distance >= scan.distance).length;
  return {
    p: (1 + hits) / (1 + counted.length),
    ks: scan.distance,
    alpha: scan.alpha,
    xmin: x[scan.best],
    nTail: x.length - scan.best,
    replicates: counted.length,
  };
}

/**
 * The goodness-of-fit p-value of [CSN09] section 4.1 for `values` (ascending), with the two-sided Kolmogorov-Smirnov
 * distance, so that its alpha and xmin may differ a little from those of `fitPowerLaw`. Uniform under the null where
 * something other than the power law ends at xmin; conservative where the power law holds down to the smallest value (p
 * <= 0.05 in 3 %). The values are taken as independent; eigenvalues repel each other and lie closer to their law than
 * independent values would, so that for them p errs on the large side: a small p means what it says. null where there
 * is no fit.
 */
export function powerLawGoodness(
  values: Float64Array,
  { seed, replicates = GOODNESS_REPLICATES }: { seed: number; replicates?: number },
): GoodnessOfFit | null {
  return goodnessFromDistances(values, replicateDistances(values, { seed, to: replicates }));
}

/**
 * The goodness-of-fit p-value of a power law above an `xmin` that was not chosen from these values (known beforehand,
 * or from other data), alpha fitted: exactly uniform under the null up to the steps of 1/(1 + replicates), whatever
 * alpha. The distance depends on the number of values alone there, as ln(x/xmin) over its mean does, so that the
 * replicates are exponential samples ([CSN09] section 4.1 without the scan; Lilliefors' test). null where fewer than 2
 * of `values` (ascending) are at or above xmin, or all are equal to it; throws `RangeError` unless xmin > 0.
 */
export function powerLawGoodnessAbove(
  values: Float64Array,
  xmin: number,
  { seed, replicates = GOODNESS_REPLICATES }: { seed: number; replicates?: number },
): GoodnessOfFit | null {
  if (!(xmin > 0)) throw new RangeError(`powerLawGoodnessAbove: xmin must be a positive number, got ${xmin}`);
  const logs = values.filter((value) => value >= xmin).map((value) => Math.log(value / xmin));
  const nTail = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / nTail;
  if (nTail < 2 || !(mean > 0)) return null;
  const ks = exponentialDistance(logs, mean);
  let hits = 0;
  const sample = new Float64Array(nTail);
  for (let r = 0; r < replicates; r++) {
    const rng = createRng(deriveSeed(seed, r));
    fillExponential(sample, { start: 0, rate: 1, rng });
    if (exponentialDistance(sample, sample.reduce((sum, log) => sum + log, 0) / nTail) >= ks) hits++;
  }
  return { p: (1 + hits) / (1 + replicates), ks, alpha: 1 + 1 / mean, xmin, nTail, replicates };
}

/** The two-sided distance of ascending values to the exponential law of the given mean. */
function exponentialDistance(sorted: Float64Array, mean: number): number {
  const n = sorted.length;
  let distance = 0;
  for (let j = 0; j < n; j++) {
    const F = -Math.expm1(-sorted[j] / mean);
    distance = Math.max(distance, F - j / n, (j + 1) / n - F);
  }
  return distance;
}

/** Ascending exponential values from `start` up, by their independent spacings [Ren53]: no sorting. */
function fillExponential(into: Float64Array, { start, rate, rng }: { start: number; rate: number; rng: Rng }): void {
  let value = start;
  for (let i = 0; i < into.length; i++) {
    value -= Math.log(1 - rng()) / ((into.length - i) * rate);
    into[i] = value;
  }
}

/** Ascending logarithms of one replicate. */
function semiParametric(logs: Float64Array, { best, alpha }: { best: number; alpha: number }, rng: Rng): Float64Array {
  const n = logs.length;
  const times = new Int32Array(best);
  let nTail = 0;
  for (let i = 0; i < n; i++) {
    const j = Math.floor(rng() * n);
    if (j < best) times[j]++;
    else nTail++;
  }
  const sample = new Float64Array(n);
  let filled = 0;
  for (let i = 0; i < best; i++) for (let t = 0; t < times[i]; t++) sample[filled++] = logs[i];
  // ln(x/xmin) is exponential.
  fillExponential(sample.subarray(filled, filled + nTail), { start: logs[best], rate: alpha - 1, rng });
  return sample;
}
