import type { BulkFit } from "./bulk-fit.js";
import { edgeNull, lowEdgeStatistic } from "./edge-null.js";
import { edgeMove, fourthMoment } from "./fourth-moment.js";
import { spikeQuantile } from "./spike-quantile.js";
import { tracyWidomSurvival } from "./tracy-widom.js";
import { type EdgeScale, edgeScale } from "./tracy-widom-scale.js";

/**
 * The Tracy-Widom test of the largest eigenvalues against the bulk edge [Joh01] Theorem 1.1. Values are on the scale of
 * the given eigenvalues.
 */
export interface EdgeTest {
  /**
   * Johnstone's centre (moved by the fourth moment of the entries) and scale for the largest eigenvalue of a pure bulk.
   */
  readonly centre: number;
  readonly scale: number;
  /**
   * (lambdaMax - centre)/scale, translated to the scale of the Tracy-Widom law (beta = 1), its limit (edge-null.ts).
   */
  readonly statistic: number;
  /**
   * P(a pure bulk has a larger one): 1 - F1(statistic)^rf. Holds for entries of any law if the bulk was fitted with
   * their kurtosis (`nullObjection`).
   */
  readonly p: number;
  /**
   * The level of the spike count, and the threshold that the largest eigenvalue of a pure bulk exceeds with this
   * probability.
   */
  readonly level: number;
  readonly threshold: number;
  /** Eigenvalues above the threshold. */
  readonly spikes: number;
  /** Where the largest eigenvalue of a pure bulk lies in all but 2 of 100 cases. */
  readonly band: EdgeBand;
}

/** The 1 % and 99 % points of the largest eigenvalue of a pure bulk whose variance is fitted to it. */
export interface EdgeBand {
  readonly low: number;
  readonly high: number;
}

/** The share of pure bulks above the band: the default level of the spike count, whose threshold is then `high`. */
const BAND_LEVEL = 0.01;

/**
 * Tests the largest of `eigenvalues` (ascending) against the edge of `bulk`. A pooled spectrum of rf matrices contains
 * the largest of rf independent maxima, so its distribution function is F1^rf. The kurtosis of the entries moves the
 * edge (fourth-moment.ts). A table corrects for two effects: the variance is fitted to the same eigenvalues, and the
 * law is a limit. At p = 5 %, the relative error of p is at most a fifth from M = 16 on (docs/validation.md).
 */
export function testEdge(
  eigenvalues: Float64Array,
  bulk: BulkFit,
  { rf = 1, level = BAND_LEVEL }: { rf?: number; level?: number } = {},
): EdgeTest {
  const { centre, scale } = edgeOf(bulk);
  const shape = { M: bulk.bulkSize / rf, Q: bulk.Q, rf };
  const { toTracyWidom, fromTracyWidom } = edgeNull(shape);
  /** The point that the largest eigenvalue of a pure bulk exceeds with this probability. */
  const pointAt = (survival: number): number => centre + scale * fromTracyWidom(spikeQuantile(survival, rf));
  const threshold = pointAt(level);
  const band = { low: centre + scale * lowEdgeStatistic(shape), high: pointAt(BAND_LEVEL) };
  let spikes = 0;
  while (spikes < eigenvalues.length && eigenvalues[eigenvalues.length - 1 - spikes] > threshold) spikes++;
  const statistic = toTracyWidom(edgeStatistic(eigenvalues[eigenvalues.length - 1], bulk));
  return { centre, scale, statistic, p: ofLargest(tracyWidomSurvival(statistic), rf), level, threshold, spikes, band };
}

/** P(the largest of rf exceeds) from the survival probability of one, without cancellation. */
function ofLargest(survival: number, rf: number): number {
  return rf === 1 ? survival : -Math.expm1(rf * Math.log1p(-survival));
}

/**
 * Centre and scale of the largest eigenvalue of a pure bulk with the fitted variance and the kurtosis of its entries.
 */
export function edgeOf(bulk: BulkFit): EdgeScale {
  const M = Math.max(1, bulk.N / bulk.Q);
  const { centre, scale } = edgeScale(Math.max(1, bulk.N), M);
  const move = bulk.N * edgeMove(fourthMoment(bulk.kurtosis, { N: bulk.N, M }));
  return { centre: (centre + move) * bulk.sigma2, scale: scale * bulk.sigma2 };
}

/** (lambdaMax - centre)/scale of an eigenvalue against the edge of a bulk. */
export function edgeStatistic(lambdaMax: number, bulk: BulkFit): number {
  const { centre, scale } = edgeOf(bulk);
  return (lambdaMax - centre) / scale;
}
