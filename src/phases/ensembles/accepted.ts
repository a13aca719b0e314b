import type { MatrixShape } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import { scalesPerEdge } from "./random-numbers.js";

/**
 * Fractions of M, after the first five outliers, between which "a few spikes" ends: the paper's 18 of 384 are few, its
 * 33 of 384 are not.
 */
const MAX_FEW_SHARE = 0.047;
const MIN_MANY_SHARE = 0.086;
/** Soft ranks of the paper's Bleeding-out (0.92) and Bulk+Spikes (0.80), as multiples of the edge. */
const MIN_SPIKE_MULTIPLE = 1 / 0.92;
const MAX_BLEEDING_MULTIPLE = 1 / 0.8;

/**
 * The accepted names for an intact bulk with eigenvalues planted at these multiples of its edge. Up to 3 Tracy-Widom
 * scales beyond the edge, an eigenvalue may be taken for a fluctuation; from 2 scales on it may be detected. The border
 * between Bleeding-out and Bulk+Spikes lies between the paper's soft ranks, widened by three standard deviations of the
 * largest eigenvalue. The limit of "few" lies between the paper's fractions.
 */
export function acceptedOutliers(multiples: readonly number[], shape: MatrixShape): PhaseName[] {
  const top = Math.max(0, ...multiples);
  const scales = (top - 1) * scalesPerEdge(shape);
  const names = new Set<PhaseName>();
  const spread = 3 * Math.sqrt(2 / shape.N);
  const seen = multiples.filter((multiple) => (multiple - 1) * scalesPerEdge(shape) > 1).length;
  const share = (seen - 5) / shape.M;
  if (scales < 3) names.add("random-like");
  if (scales > 0) {
    if (share < MIN_MANY_SHARE && top < MAX_BLEEDING_MULTIPLE * (1 + spread)) names.add("bleeding-out");
    if (share < MIN_MANY_SHARE && top > MIN_SPIKE_MULTIPLE * (1 - spread) && scales > 2) names.add("bulk+spikes");
    if (share > MAX_FEW_SHARE || seen > 0.08 * shape.M) names.add("bulk-decay");
  }
  return [...names];
}
