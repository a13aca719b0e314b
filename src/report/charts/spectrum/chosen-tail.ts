import type { LayerDetail } from "../../../analysis/layer-detail.js";

/** A power law to draw: the fit, or the one that begins where the reader wants. */
export interface ChosenTail {
  readonly alpha: number;
  readonly xmin: number;
  /** Largest eigenvalue that the law describes. */
  readonly xmax: number;
  /** Share of all eigenvalues from xmin on. */
  readonly share: number;
  /** 95 % interval of alpha. Only the fit has one. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** An xmin this close to that of the fit, as a relative difference, is the fit: a pixel of a chart is wider. */
const SAME_XMIN = 1e-3;

/** Whether an xmin is that of the fit. */
export function isFittedXmin(detail: Pick<LayerDetail, "tail">, xmin: number): boolean {
  return detail.tail !== null && Math.abs(xmin / detail.tail.xmin - 1) <= SAME_XMIN;
}

/**
 * The fit of the tail if a power law describes it. With an `xmin` of the reader, the law from the nearest measured
 * start on, in the logarithm. null if there is neither.
 */
export function chosenTail(detail: LayerDetail, xmin?: number): ChosenTail | null {
  const { tail, curve, count } = detail;
  if (xmin === undefined || isFittedXmin(detail, xmin)) {
    if (tail === null || (!tail.valid && xmin === undefined)) return null;
    return {
      alpha: tail.alpha,
      xmin: tail.xmin,
      xmax: tail.xmax,
      share: tail.nTail / count,
      interval: intervalOf(tail),
    };
  }
  const nearest = curve === null ? null : nearestStart(curve.xmin, xmin);
  if (curve === null || nearest === null) return null;
  const start = curve.xmin[nearest];
  return {
    alpha: curve.alpha[nearest],
    xmin: start,
    xmax: detail.eigenvalues[count - 1],
    share: countFrom(detail.eigenvalues, start) / count,
    interval: null,
  };
}

/** Index of the start nearest to `xmin` by ratio. null if there is none. */
export function nearestStart(starts: readonly number[], xmin: number): number | null {
  if (starts.length === 0 || !(xmin > 0)) return null;
  const distance = (start: number): number => Math.abs(Math.log(start / xmin));
  return starts.reduce((best, start, i) => (distance(start) < distance(starts[best]) ? i : best), 0);
}

/** How many of the ascending eigenvalues are at least `from`. A start of the curve is rounded to four digits. */
export function countFrom(ascending: Float64Array, from: number): number {
  const least = from * (1 - 1e-4);
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** The 95 % interval of alpha where the power law is valid; null where there is none. */
export function intervalOf({ low, high, valid }: NonNullable<LayerDetail["tail"]>): ChosenTail["interval"] {
  return valid && low !== null && high !== null ? [low, high] : null;
}
