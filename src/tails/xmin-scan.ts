/** The index with the smallest distance, and that distance. */
export interface XminScan {
  readonly best: number;
  readonly distance: number;
}

/**
 * The first minimum of `distanceAt` over the indices first <= i < end. `distanceAt(i, bound)` gives the distance of
 * candidate i, or any number above `bound` as soon as it knows that the distance is above `bound`: candidates come
 * coarse to fine, so that a good one is known early and most others are dropped after a few comparisons. A tie goes to
 * the smaller index, whatever the order of the search. Distance infinite where there is no candidate.
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
