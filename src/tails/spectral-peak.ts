import { fitPowerLaw, fittedValues, type PowerLawFit } from "./power-law.js";

/** Bins of WeightWatcher's histogram, whatever the number of values. */
const WEIGHTWATCHER_BINS = 100;
/** xmin is looked for this far around the peak (WeightWatcher's factors). */
const BELOW = 0.95;
const ABOVE = 1.5;
/** Fewest bins that show a peak. */
const FEWEST_BINS = 5;

/**
 * The range of xmin of WeightWatcher's fix_fingers="xmin_peak" and fit="E_TPL", for `fitPowerLaw` and
 * `fitTruncatedPowerLaw`: [log10(0.95 p), 1.5 p] with p the left edge of the fullest of 100 bins of log10 lambda. Its
 * lower end is a logarithm by mistake, so that only the upper one binds. null without values above 1e-5.
 */
export function peakRange(values: Float64Array): readonly [low: number, high: number] | null {
  const logs = fittedValues(values).map(Math.log10);
  if (logs.length === 0) return null;
  const peak = 10 ** fullestBin(logs, WEIGHTWATCHER_BINS).left;
  return [Math.log10(BELOW * peak), ABOVE * peak];
}

/**
 * The power law of `values` (ascending) with its xmin near the peak of the spectrum: in [0.95 p, 1.5 p], p the middle
 * of the fullest bin of ln lambda. What WeightWatcher's "xmin_peak" is meant to be (`peakRange`): both ends on the
 * scale of the values, and bins as wide as 2 IQR n^(-1/3) [FD81], not a hundred whatever n. null where fewer than 2
 * distinct values lie in the range.
 */
export function fitFromPeak(values: Float64Array): PowerLawFit | null {
  const logs = fittedValues(values).map(Math.log);
  const n = logs.length;
  if (n < 2) return null;
  const quartiles = logs[Math.floor(0.75 * (n - 1))] - logs[Math.floor(0.25 * (n - 1))];
  const width = (2 * quartiles) / Math.cbrt(n);
  const bins = width > 0 ? Math.min(n, Math.max(FEWEST_BINS, Math.ceil((logs[n - 1] - logs[0]) / width))) : FEWEST_BINS;
  const { left, right } = fullestBin(logs, bins);
  const peak = Math.exp((left + right) / 2);
  return fitPowerLaw(values, { xminRange: [BELOW * peak, ABOVE * peak] });
}

/**
 * The first fullest of equal bins over the range of ascending values; a value on an edge belongs to the bin above, the
 * largest to the last, as in numpy.
 */
function fullestBin(sorted: Float64Array, bins: number): { left: number; right: number } {
  const low = sorted[0];
  const high = sorted[sorted.length - 1];
  // numpy's range for equal values.
  const [from, to] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const edge = (bin: number): number => (bin === bins ? to : from + (bin * (to - from)) / bins);
  let [best, most, position] = [0, 0, 0];
  for (let bin = 0; bin < bins; bin++) {
    const start = position;
    while (position < sorted.length && (sorted[position] < edge(bin + 1) || bin === bins - 1)) position++;
    if (position - start > most) [best, most] = [bin, position - start];
  }
  return { left: edge(best), right: edge(best + 1) };
}
