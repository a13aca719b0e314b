import type { BulkFit } from "./bulk-fit.js";
import { edgeNull } from "./edge-null.js";
import { edgeOf } from "./edge-test.js";
import { spikeQuantile } from "./spike-quantile.js";

/** How many components of a matrix are stronger than the random part of it. */
export interface RankBeyondEdge {
  /** Eigenvalues that the largest one of a pure bulk exceeds in less than 1 case of 100. */
  readonly rank: number;
  /** 99 % interval. */
  readonly low: number;
  readonly high: number;
}

/** The level at which an eigenvalue is beyond the edge, as for the spikes of a layer (`testEdge`). */
const LEVEL = 0.01;
/** Each end of the interval is exceeded with half of that: 99 % together. */
const END = 0.005;
/** The standard normal quantile at 1 - END. */
const NORMAL_AT_END = 2.5758293035489004;

/**
 * The rank of the structure in a matrix of signal plus noise, from its eigenvalues (ascending, of W'W) and the fit to
 * its bulk. The interval inverts the test of the edge: `low` counts eigenvalues above the 99.5 % point of the largest
 * eigenvalue of a pure bulk [Joh01; TW96] for a variance 2.58 standard errors above the fitted one; `high` counts those
 * above its 0.5 % point for a variance as much below. A component stronger than the transition of [BBP05] shows an
 * eigenvalue at the edge or above, so `high` covers all of these. Weaker components leave no eigenvalue and are not
 * counted by anything. Pure noise has `low` 0, and a `high` of a few: its own largest eigenvalues lie there too.
 */
export function rankBeyondEdge(eigenvalues: Float64Array, bulk: BulkFit, rf = 1): RankBeyondEdge {
  const { centre, scale } = edgeOf(bulk);
  const { fromTracyWidom } = edgeNull({ M: bulk.bulkSize / rf, Q: bulk.Q, rf });
  const above = (level: number, errors: number): number => {
    const factor = 1 + (errors * bulk.sigma2Se) / bulk.sigma2;
    const threshold = factor * (centre + scale * fromTracyWidom(spikeQuantile(level, rf)));
    let count = 0;
    while (count < eigenvalues.length && eigenvalues[eigenvalues.length - 1 - count] > threshold) count++;
    return count;
  };
  return { rank: above(LEVEL, 0), low: above(END, NORMAL_AT_END), high: above(1 - END, -NORMAL_AT_END) };
}
