/** Counts in equal bins from `start` to `end`, in the unit of the axis (lambda, or log10 lambda). */
export interface Histogram {
  readonly start: number;
  readonly end: number;
  readonly counts: readonly number[];
}

/** Bins by the cube-root rule, which neither tears 20 values apart nor blurs 4096: between these limits. */
const FEWEST_BINS = 10;
const MOST_BINS = 80;

/**
 * Counts the values in [start, end] in equal bins; values outside are not counted. The number of bins follows 5 n^(1/3)
 * over those inside.
 */
export function histogram(values: readonly number[] | Float64Array, start: number, end: number): Histogram {
  let inside = 0;
  for (const value of values) if (value >= start && value <= end) inside++;
  const bins = Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.round(5 * Math.cbrt(inside))));
  const counts = new Array<number>(bins).fill(0);
  const perUnit = bins / (end - start);
  for (const value of values) {
    if (value >= start && value <= end) counts[Math.min(bins - 1, Math.floor((value - start) * perUnit))]++;
  }
  return { start, end, counts };
}

/** Edges of the bins, one more than there are bins. */
export function binEdges({ start, end, counts }: Histogram): number[] {
  return Array.from({ length: counts.length + 1 }, (_, i) => start + ((end - start) * i) / counts.length);
}
