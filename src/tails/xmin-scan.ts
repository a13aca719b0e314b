/** The index with the smallest distance, and that distance. */
export interface XminScan {
  readonly best: number;
  readonly distance: number;
}

/**
 * The first minimum of `distanceAt` over the indices first <= i < end. `distanceAt(i, bound)` returns the distance of
 * candidate i, or any number above `bound` as soon as the distance is known to exceed `bound`. Candidates are visited
 * on a coarse grid first, so a good one is found early and most others are dropped after a few comparisons. In a tie
 * the smaller index wins, whatever the order of the search. The distance is infinite if there is no candidate.
 */
export function scanXmin(first: number, end: number, distanceAt: (i: number, bound: number) => number): XminScan {
  let best = first;
  let distance = Number.POSITIVE_INFINITY;
  const visit = (i: number): void => {
    const bound = i < best ? distance : distance * (1 - Number.EPSILON);
    const found = distanceAt(i, bound);
    if (found < distance || (found === distance && i < best)) {
      distance = found;
      best = i;
    }
  };
  let stride = 1;
  while (stride * 64 < end - first) stride *= 2;
  for (let i = first; i < end; i += stride) visit(i);
  for (; stride > 1; stride /= 2) for (let i = first + stride / 2; i < end; i += stride) visit(i);
  return { best, distance };
}
