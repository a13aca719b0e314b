/**
 * The ranks of values, 1 for the smallest. Equal values get the mean of their ranks (midranks, [KG90] chapter 3), so
 * that the ranks of n values always sum to n (n + 1)/2. O(n log n).
 */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]] === values[order[first]]) end++;
    for (let k = first; k < end; k++) ranks[order[k]] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}

/**
 * Spearman's rho: Pearson's correlation of the midranks ([KG90] chapters 1 and 3), right for ties. null for fewer than
 * two pairs, or if all values of one side are equal. Throws `RangeError` for sides of different lengths.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  assertPairs(x, y);
  return correlationOfRanks(midranks(x), midranks(y));
}

/** Pearson's correlation of two lists of midranks; null if one of them is constant. */
export function correlationOfRanks(a: Float64Array, b: Float64Array): number | null {
  const mean = (a.length + 1) / 2;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) ** 2;
    bb += (b[i] - mean) ** 2;
  }
  // Sums of multiples of 1/4 are exact, so that a constant list gives exactly 0, and equal ranks exactly 1.
  return aa === 0 || bb === 0 ? null : clamp(ab / Math.sqrt(aa * bb));
}

/**
 * Kendall's tau-b: (concordant - discordant pairs)/sqrt((pairs untied in x) (pairs untied in y)), [KG90] chapter 3.
 * null for fewer than two pairs, or if all values of one side are equal. O(n^2). Throws `RangeError` for sides of
 * different lengths.
 */
export function kendallTauB(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  assertPairs(x, y);
  let score = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [dx, dy] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      score += dx * dy;
      untiedX += Math.abs(dx);
      untiedY += Math.abs(dy);
    }
  }
  return untiedX === 0 || untiedY === 0 ? null : clamp(score / Math.sqrt(untiedX * untiedY));
}

/** Rounding may carry a perfect correlation past 1. */
function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}

function assertPairs(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length)
    throw new RangeError(`a rank correlation needs pairs: found ${x.length} and ${y.length} values`);
}
