import { fitPowerLaw, type PowerLawFit, SMALLEST_VALUE } from "./power-law.js";

/**
 * The power-law fit without WeightWatcher's absolute bound of 1e-5 on eigenvalues. If that bound removes eigenvalues
 * above zero, the eigenvalues are divided by a power of two near their median and fitted again, and xmin and xmax are
 * scaled back. Otherwise the result is WeightWatcher's own fit, `tail`.
 */
export function scaleFreeTail(
  eigenvalues: Float64Array,
  tail: PowerLawFit | null,
  zeroFloor: number,
): PowerLawFit | null {
  const live = eigenvalues.filter((value) => value > zeroFloor);
  if (live.length === 0 || live[0] > SMALLEST_VALUE) return tail;
  const unit = 2 ** Math.round(Math.log2(live[live.length >> 1]));
  const fit = fitPowerLaw(live.map((value) => value / unit));
  return fit === null ? null : { ...fit, xmin: fit.xmin * unit, xmax: fit.xmax * unit, n: eigenvalues.length };
}
