import {
  EDGE_ASPECT_RATIOS,
  EDGE_LOW_OFFSETS,
  EDGE_LOW_SURVIVAL,
  EDGE_OFFSETS,
  EDGE_POOLED,
  EDGE_SIDES,
  EDGE_SURVIVAL,
} from "./edge-null-table.js";
import { type NullShape, nullTable } from "./null-table.js";
import { spikeQuantile } from "./spike-quantile.js";

/**
 * Translates (lambdaMax - centre)/scale of a true bulk to the scale of the Tracy-Widom law. The two differ because the
 * variance is fitted to the same eigenvalues and because the law is a limit: at 400 x 400 the raw statistic exceeds the
 * law's 5 % point in 3 % of draws. The difference is tabulated from seeded Wishart spectra
 * (scripts/tabulate-edge-null.mjs) at ten probabilities, and interpolated in ln M, in 1/sqrt(Q), in ln rf, and between
 * the probabilities.
 */
export interface EdgeNull {
  toTracyWidom(statistic: number): number;
  /** The inverse of `toTracyWidom`. */
  fromTracyWidom(quantile: number): number;
}

const GRID = { pooled: EDGE_POOLED, aspectRatios: EDGE_ASPECT_RATIOS, sides: EDGE_SIDES };
/** What to add to the raw statistic at the probabilities EDGE_SURVIVAL. */
const offsetsOf = nullTable({ ...GRID, cells: EDGE_OFFSETS });
/** The same at EDGE_LOW_SURVIVAL. */
const lowOffsetOf = nullTable({ ...GRID, cells: EDGE_LOW_OFFSETS });

/** The translation for a bulk of this shape. */
export function edgeNull(shape: NullShape): EdgeNull {
  // Quantiles of the largest of rf, and of the raw statistic. Both ascend, by at least 0.19 in every cell of the table.
  const law = lawOfLargest(shape.rf);
  const raw = offsetsOf(shape).map((offset, column) => law[column] - offset);
  return {
    toTracyWidom: (statistic) => interpolate(statistic, raw, law),
    fromTracyWidom: (quantile) => interpolate(quantile, law, raw),
  };
}

/**
 * The raw statistic of a true bulk at its 1 % point: 99 of 100 have a larger one. It has a table of its own, because
 * beyond the last probability of the other table (10 %) the law of a small bulk is much narrower than its limit.
 */
export function lowEdgeStatistic(shape: NullShape): number {
  const [offset] = lowOffsetOf(shape);
  return spikeQuantile(EDGE_LOW_SURVIVAL, shape.rf) - offset;
}

const laws = new Map<number, readonly number[]>();

/** Cached: all layers of a model need the same few. */
function lawOfLargest(rf: number): readonly number[] {
  let law = laws.get(rf);
  if (law === undefined) {
    law = EDGE_SURVIVAL.map((survival) => spikeQuantile(survival, rf));
    laws.set(rf, law);
  }
  return law;
}

/** The piecewise linear function through the points, with slope 1 beyond them. */
function interpolate(x: number, from: readonly number[], to: readonly number[]): number {
  const last = from.length - 1;
  if (x <= from[0]) return to[0] + (x - from[0]);
  if (x >= from[last]) return to[last] + (x - from[last]);
  let k = 0;
  while (x > from[k + 1]) k++;
  return to[k] + ((x - from[k]) / (from[k + 1] - from[k])) * (to[k + 1] - to[k]);
}
