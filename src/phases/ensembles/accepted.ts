import type { MatrixShape } from "../../rmt/index.js";
import { PHASE_NAMES, type PhaseName } from "../phase.js";
import { scalesPerEdge } from "./random-numbers.js";

/**
 * More outliers than five plus this share of M are no longer "a few spikes": the paper's 18 of 384 are, its 33 of 384
 * are not.
 */
const FEW = 0.047;
const MANY = 0.086;
/** Soft ranks of the paper's Bleeding-out (0.92) and Bulk+Spikes (0.80), as multiples of the edge. */
const NEAR = 1 / 0.92;
const CLEAR = 1 / 0.8;

/**
 * The names for an intact bulk with eigenvalues planted at these multiples of its edge. Within 3 Tracy-Widom scales of
 * the edge an eigenvalue may pass for its fluctuation; from 2 scales on it may be seen. Bleeding-out ends and
 * Bulk+Spikes begins between the paper's soft ranks, widened by three standard deviations of the largest. What counts
 * as few ends between the paper's shares.
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
    if (share < MANY && top < CLEAR * (1 + spread)) names.add("bleeding-out");
    if (share < MANY && top > NEAR * (1 - spread) && scales > 2) names.add("bulk+spikes");
    if (share > FEW || seen > 0.08 * shape.M) names.add("bulk-decay");
  }
  return [...names];
}

/** The phases besides `names`, and "undecided": what is not to be said of a shape that only those describe. */
export function allBut(...names: readonly PhaseName[]): PhaseName[] {
  return PHASE_NAMES.filter((name) => !names.includes(name));
}
