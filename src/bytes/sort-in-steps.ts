import type { Pace, Steps } from "./pace.js";

/** Items sorted at once: few enough to need no pause, and many enough that merging is cheap. */
const RUN = 256;

/**
 * A sorted copy, stable, with pauses: runs sorted by the platform, then merged in pairs. O(n log n) comparisons, each
 * counted as `steps` steps.
 */
export function* sortInSteps<Item>(
  items: readonly Item[],
  compare: (a: Item, b: Item) => number,
  { pace, steps = 1 }: { readonly pace: Pace; readonly steps?: number },
): Steps<Item[]> {
  let from = items.slice();
  for (let begin = 0; begin < from.length; begin += RUN) {
    const run = from.slice(begin, begin + RUN).sort(compare);
    for (let k = 0; k < run.length; k++) from[begin + k] = run[k];
    if (pace.spend(run.length * Math.ceil(Math.log2(run.length + 1)) * steps)) yield;
  }
  let to = new Array<Item>(from.length);
  for (let width = RUN; width < from.length; width *= 2) {
    for (let begin = 0; begin < from.length; begin += 2 * width) {
      const middle = Math.min(begin + width, from.length);
      const end = Math.min(begin + 2 * width, from.length);
      let left = begin;
      let right = middle;
      for (let k = begin; k < end; k++) {
        // Of equal items the left one comes first.
        const takesLeft = left < middle && (right >= end || compare(from[left], from[right]) <= 0);
        to[k] = takesLeft ? from[left++] : from[right++];
        if (pace.spend(steps)) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
