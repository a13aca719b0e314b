import { median } from "./median.js";

/** The median absolute deviation of a normal law is 1/1.4826 of its standard deviation. */
const NORMAL = 1.4826;

/** A standard deviation from distances to a median, which few outliers do not change: 1.4826 MAD. NaN of none. */
export function robustDeviation(distances: readonly number[]): number {
  return NORMAL * median(distances.map(Math.abs));
}
