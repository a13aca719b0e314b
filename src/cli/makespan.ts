/**
 * Times in which jobs end that are given to `lanes` lanes, the largest first and each to the lane that is free first
 * (list scheduling). At most 4/3 of the shortest possible [Gra69]. `times` in any order. 0 without jobs.
 */
export function makespan(times: readonly number[] | Float64Array, lanes: number): number {
  const sorted = Float64Array.from(times).sort().reverse();
  // A binary heap of the times at which lanes are free, the least on top.
  const free = new Float64Array(Math.max(1, Math.min(lanes, sorted.length)));
  let last = 0;
  for (const time of sorted) {
    const end = free[0] + time;
    if (end > last) last = end;
    replaceTopInPlace(free, end);
  }
  return last;
}

/**
 * No schedule is shorter: neither than an equal share of all, nor than the largest job, if at most `together` lanes
 * share the work of one job.
 */
export function makespanBound(times: readonly number[] | Float64Array, lanes: number, together = 1): number {
  let sum = 0;
  let largest = 0;
  for (const time of times) {
    sum += time;
    if (time > largest) largest = time;
  }
  return Math.max(sum / lanes, largest / together);
}

/**
 * The least number of workers of `lanes` lanes each with which the jobs end by a deadline, every worker having begun
 * `start` before. Undefined if no number is enough: the largest job alone is longer.
 */
export function workersFor(
  deadline: number,
  times: readonly number[] | Float64Array,
  { lanes, start }: { readonly lanes: number; readonly start: number },
): number | undefined {
  const room = deadline - start;
  const isEnough = (workers: number): boolean => makespan(times, workers * lanes) <= room;
  if (!isEnough(Math.ceil(Math.max(1, times.length) / lanes))) return undefined;
  let low = 1;
  let high = Math.ceil(Math.max(1, times.length) / lanes);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function replaceTopInPlace(heap: Float64Array, value: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}
