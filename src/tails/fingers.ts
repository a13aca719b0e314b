import { fitPowerLaw, fittedValues, type PowerLawFit } from "./power-law.js";

/** A power law fitted without the isolated largest values ("fingers"). */
export interface ClippedFit {
  readonly fit: PowerLawFit;
  /**
   * Number of values dropped before `fit`. WeightWatcher's num_pl_spikes includes them: it is `fit.nTail + dropped`.
   */
  readonly dropped: number;
  /** WeightWatcher's num_fingers: one less than `dropped`, or 0. */
  readonly numFingers: number;
  /** alpha of all values. */
  readonly rawAlpha: number;
}

/** At most one less than this is dropped. */
const DROP_LIMIT = 10;
/** Dropping must bring alpha down by more than this (WeightWatcher's finger_thresh). */
const FINGER_THRESHOLD = 1;
/** If alpha falls to this without a drop of more than FINGER_THRESHOLD, WeightWatcher keeps the first fit. */
const MIN_CLIPPED_ALPHA = 2;

/**
 * WeightWatcher 0.7.5.5's fix_fingers="clip_xmax" on ascending `values`: drop 2, 3, ..., 9 of the largest values and
 * refit, until alpha has fallen by more than 1 (use that fit) or to 2 (keep the first fit). As in WeightWatcher,
 * dropping only one is never tried, and `numFingers` is one less than the number dropped. A rule of thumb without an
 * error rate: it changes alpha of a pure bulk too. null if there is no fit.
 */
export function clipFingers(values: Float64Array): ClippedFit | null {
  const x = fittedValues(values);
  const raw = fitPowerLaw(x);
  if (raw === null) return null;
  for (let dropped = 2; dropped < DROP_LIMIT && dropped < x.length; dropped++) {
    const fit = fitPowerLaw(x.subarray(0, x.length - dropped));
    if (fit === null) break;
    if (fit.alpha + FINGER_THRESHOLD < raw.alpha) return { fit, dropped, numFingers: dropped - 1, rawAlpha: raw.alpha };
    if (fit.alpha <= MIN_CLIPPED_ALPHA) break;
  }
  return { fit: raw, dropped: 0, numFingers: 0, rawAlpha: raw.alpha };
}

/**
 * The power law of `values` (ascending) without the `count` largest: WeightWatcher's xmax = -count. null if nothing is
 * left to fit; throws `RangeError` unless count is an integer >= 0.
 */
export function fitWithoutLargest(values: Float64Array, count: number): PowerLawFit | null {
  if (!(Number.isInteger(count) && count >= 0))
    throw new RangeError(`fitWithoutLargest: count must be an integer >= 0, got ${count}`);
  return count >= values.length ? null : fitPowerLaw(values.subarray(0, values.length - count));
}
