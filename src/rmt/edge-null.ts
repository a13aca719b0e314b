import { EDGE_ASPECT_RATIOS, EDGE_OFFSETS, EDGE_POOLED, EDGE_SIDES, EDGE_SURVIVAL } from "./edge-null-table.js";
import { type NullShape, nullTable } from "./null-table.js";
import { spikeQuantile } from "./spike-quantile.js";

/**
 * What (lambdaMax - centre)/scale of a true bulk stands for on the scale of the Tracy-Widom law. The two differ, since
 * the variance is fitted to the same eigenvalues and the law is a limit: at 400 x 400 the raw statistic passes the
 * law's 5 % point in 3 % of draws. The difference is tabulated from seeded Wishart spectra
 * (scripts/tabulate-edge-null.mjs) at ten probabilities and interpolated: in ln M, 1/sqrt(Q), ln rf, and between the
 * probabilities.
 */
export interface EdgeNull {
  toTracyWidom(statistic: number): number;
  /** The inverse of `toTracyWidom`. */
  fromTracyWidom(quantile: number): number;
}

/** What to add to the raw statistic at the probabilities EDGE_SURVIVAL. */
const offsetsOf = nullTable({ pooled: EDGE_POOLED, aspectRatios: EDGE_ASPECT_RATIOS, sides: EDGE_SIDES, cells: EDGE_OFFSETS });

/** The null of the bulk whose largest eigenvalue is tested. */
export function edgeNull(shape: NullShape): EdgeNull {
  // Quantiles of the largest of rf, and of the raw statistic: both ascending, in every cell of the table by 0.19 or more.
  const law = lawOfLargest(shape.rf);
  const raw = offsetsOf(shape).map((offset, column) => law[column] - offset);
  return {
    toTracyWidom: (statistic) => interpolate(statistic, raw, law),
    fromTracyWidom: (quantile) => interpolate(quantile, law, raw),
  };
}

const laws = new Map<number, readonly number[]>();

/** Remembered, since all layers of a model ask for the same few. */
function lawOfLargest(rf: number): readonly number[] {
  let law = laws.get(rf);
  if (law === undefined) {
    law = EDGE_SURVIVAL.map((survival) => spikeQuantile(survival, rf));
    laws.set(rf, law);
  }
  return law;
}

/** The piecewise linear function through the points, of slope 1 beyond them. */
function interpolate(x: number, from: readonly number[], to: readonly number[]): number {
  const last = from.length - 1;
  if (x <= from[0]) return to[0] + (x - from[0]);
  if (x >= from[last]) return to[last] + (x - from[last]);
  let k = 0;
  while (x > from[k + 1]) k++;
  return to[k] + ((x - from[k]) / (from[k + 1] - from[k])) * (to[k + 1] - to[k]);
}
