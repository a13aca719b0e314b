/** Counts in equal bins from `start` to `end`, in the unit of the axis (lambda, or log10 lambda). */
export interface Histogram {
  readonly start: number;
  readonly end: number;
  readonly counts: readonly number[];
}

/** Limits on the number of bins of the cube-root rule: 20 values still need 10 bins, 4096 values only 80. */
const MIN_BINS = 10;
const MAX_BINS = 80;

/**
 * Counts the values in [start, end] in equal bins. Values outside are ignored. The number of bins is 5 n^(1/3) for n
 * values inside, within the limits, if it is not given.
 */
export function histogram(
  values: readonly number[] | Float64Array,
  start: number,
  end: number,
  given?: number,
): Histogram {
  const bins = given ?? usualBins(values, start, end);
  const counts = new Array<number>(bins).fill(0);
  const perUnit = bins / (end - start);
  for (const value of values) {
    if (value >= start && value <= end) counts[Math.min(bins - 1, Math.floor((value - start) * perUnit))]++;
  }
  return { start, end, counts };
}

function usualBins(values: readonly number[] | Float64Array, start: number, end: number): number {
  let inside = 0;
  for (const value of values) if (value >= start && value <= end) inside++;
  return Math.min(MAX_BINS, Math.max(MIN_BINS, Math.round(5 * Math.cbrt(inside))));
}

/** Edges of the bins, one more than there are bins. */
export function binEdges({ start, end, counts }: Histogram): number[] {
  return Array.from({ length: counts.length + 1 }, (_, i) => start + ((end - start) * i) / counts.length);
}
