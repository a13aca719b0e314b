import type { Spectrum } from "../../spectra/index.js";
import { traceLogPoint } from "../trace-log.js";

/** WeightWatcher's trace-log columns (its option `detX`), under its names. */
export interface WeightWatcherTraceLog {
  readonly detX_num: number;
  readonly detX_val: number;
  readonly detX_val_unrescaled: number;
}

/**
 * WeightWatcher's `detX`: the number of largest eigenvalues (scaled to mean 1) at which their product first falls below
 * 1, the smallest of them, and the same on the scale of mean 1 (WeightWatcher swaps these two names). If the product
 * never falls below 1, WeightWatcher reports the number n but the second smallest eigenvalue. Computed as a sum of
 * logarithms: WeightWatcher's product overflows for long heavy tails and then reports n. null if the spectrum is zero.
 */
export function weightWatcherTraceLog({ eigenvalues }: Pick<Spectrum, "eigenvalues">): WeightWatcherTraceLog | null {
  const point = traceLogPoint({ eigenvalues });
  if (point === null) return null;
  const n = eigenvalues.length;
  const { count, scale } = point;
  const reached = count < n;
  const value = eigenvalues[reached ? n - count : Math.min(1, n - 1)];
  return { detX_num: count, detX_val: value, detX_val_unrescaled: value * scale };
}
