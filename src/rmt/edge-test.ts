import type { BulkFit } from "./bulk-fit.js";
import { spikeQuantile } from "./spike-quantile.js";
import { tracyWidomSurvival } from "./tracy-widom.js";
import { edgeScale } from "./tracy-widom-scale.js";

/** The Tracy-Widom test of the largest eigenvalues against the bulk edge [Joh01] Theorem 1.1. Values are on the scale of the given eigenvalues. */
export interface EdgeTest {
  /** Johnstone's centre and scale of the largest eigenvalue of a pure bulk. */
  readonly centre: number;
  readonly scale: number;
  /** (lambdaMax - centre)/scale: follows the Tracy-Widom law (beta = 1) where there is nothing but a bulk. */
  readonly statistic: number;
  /** P(a pure bulk shows a larger one): 1 - F1(statistic)^rf. */
  readonly p: number;
  /** The level of the spike count, and the eigenvalue above which a pure bulk puts one with this probability. */
  readonly level: number;
  readonly threshold: number;
  /** Eigenvalues above the threshold. */
  readonly spikes: number;
}

/**
 * Tests the largest of `eigenvalues` (ascending) against the edge of `bulk`. A pooled spectrum of rf matrices holds the largest of rf independent
 * maxima, so that its distribution function is F1^rf. The variance is the bulk's estimate; its error (relative sqrt(2/NM)) is far inside the scale.
 * Approximate: the law is a limit, right to a few tenths of a per cent in p from M of about 10 on [Ma12].
 */
export function testEdge(
  eigenvalues: Float64Array,
  bulk: BulkFit,
  { rf = 1, level = 0.01 }: { rf?: number; level?: number } = {},
): EdgeTest {
  const unit = edgeScale(Math.max(1, bulk.N), Math.max(1, bulk.N / bulk.Q));
  const centre = unit.centre * bulk.sigma2;
  const scale = unit.scale * bulk.sigma2;
  const threshold = centre + scale * spikeQuantile(level, rf);
  let spikes = 0;
  while (spikes < eigenvalues.length && eigenvalues[eigenvalues.length - 1 - spikes] > threshold) spikes++;
  const statistic = (eigenvalues[eigenvalues.length - 1] - centre) / scale;
  return { centre, scale, statistic, p: ofLargest(tracyWidomSurvival(statistic), rf), level, threshold, spikes };
}

/** P(the largest of rf exceeds) from the survival probability of one, without cancellation. */
function ofLargest(survival: number, rf: number): number {
  return rf === 1 ? survival : -Math.expm1(rf * Math.log1p(-survival));
}
