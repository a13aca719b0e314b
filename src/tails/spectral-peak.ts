import { fitPowerLaw, fittedValues, type PowerLawFit } from "./power-law.js";

/** Bins of WeightWatcher's histogram, for any number of values. */
const WEIGHTWATCHER_BINS = 100;
/** The search range of xmin, as multiples of the peak (WeightWatcher's factors). */
const LOW_FACTOR = 0.95;
const HIGH_FACTOR = 1.5;
/** With fewer bins there is no peak to find. */
const MIN_BINS = 5;

/**
 * The range of xmin of WeightWatcher's fix_fingers="xmin_peak" and fit="E_TPL", for `fitPowerLaw` and
 * `fitTruncatedPowerLaw`: [log10(0.95 p), 1.5 p] with p the left edge of the fullest of 100 bins of log10 lambda.
 * WeightWatcher's lower end is a logarithm by mistake, so only the upper end has an effect. null without values above
 * 1e-5.
 */
export function peakRange(values: Float64Array): readonly [low: number, high: number] | null {
  const logs = fittedValues(values).map(Math.log10);
  if (logs.length === 0) return null;
  const peak = 10 ** fullestBin(logs, WEIGHTWATCHER_BINS).left;
  return [Math.log10(LOW_FACTOR * peak), HIGH_FACTOR * peak];
}

/**
 * The power law of `values` (ascending) with its xmin near the peak of the spectrum: in [0.95 p, 1.5 p], p the middle
 * of the fullest bin of ln lambda. This is what WeightWatcher's "xmin_peak" is meant to be (`peakRange`): both ends are
 * on the scale of the values, and bins are 2 IQR n^(-1/3) wide [FD81] instead of always a hundred. null if fewer than 2
 * distinct values lie in the range.
 */
export function fitFromPeak(values: Float64Array): PowerLawFit | null {
  const logs = fittedValues(values).map(Math.log);
  const n = logs.length;
  if (n < 2) return null;
  const quartiles = logs[Math.floor(0.75 * (n - 1))] - logs[Math.floor(0.25 * (n - 1))];
  const width = (2 * quartiles) / Math.cbrt(n);
  const bins = width > 0 ? Math.min(n, Math.max(MIN_BINS, Math.ceil((logs[n - 1] - logs[0]) / width))) : MIN_BINS;
  const { left, right } = fullestBin(logs, bins);
  const peak = Math.exp((left + right) / 2);
  return fitPowerLaw(values, { xminRange: [LOW_FACTOR * peak, HIGH_FACTOR * peak] });
}

/**
 * The fullest bin (the first of several) of equal bins over the range of ascending values. As in numpy, a value on an
 * edge belongs to the bin above, and the largest value to the last bin.
 */
function fullestBin(sorted: Float64Array, bins: number): { left: number; right: number } {
  const low = sorted[0];
  const high = sorted[sorted.length - 1];
  // numpy's range for equal values.
  const [from, to] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const edge = (bin: number): number => (bin === bins ? to : from + (bin * (to - from)) / bins);
  let best = 0;
  let most = 0;
  let position = 0;
  for (let bin = 0; bin < bins; bin++) {
    const start = position;
    while (position < sorted.length && (sorted[position] < edge(bin + 1) || bin === bins - 1)) position++;
    if (position - start > most) [best, most] = [bin, position - start];
  }
  return { left: edge(best), right: edge(best + 1) };
}
