import type { PhaseName } from "../../phases/index.js";

/** What kind of change W_B - W_A is, in one word. */
export const CHANGE_KINDS = [
  "damaged",
  "retrained",
  "structured",
  "low-rank",
  "noise",
  "rounding",
  "unchanged",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What the kind of a change follows from. null: not known. */
export interface ChangeFacts {
  readonly unchanged: boolean;
  /** ||W_B - W_A||_F/||W_A||_F. */
  readonly relativeChange: number;
  /** Whether rounding to the stored types can make the difference as large as it is, in both norms. null: unknown. */
  readonly withinRounding: boolean | null;
  /** Directions of the difference beyond its random part, the low end of their interval, and all that there are. */
  readonly rank: number;
  readonly rankLow: number;
  readonly directions: number;
  /** Share of the difference's squared norm that the rank has. */
  readonly rankShare: number;
  readonly spikesLost: number | null;
  /** Probabilities that random subspaces agree as well as the leading ones of A and B, left and right. */
  readonly overlapP: readonly [left: number | null, right: number | null];
  readonly phases: readonly [a: PhaseName | null, b: PhaseName | null];
  readonly sameType: boolean;
}

/** A matrix that has nothing to do with A differs from it by at least A's own norm, but for chance. */
export const MIN_UNRELATED_CHANGE = 0.95;
/** Below this p, the leading directions agree better than chance. */
export const MIN_CHANCE_P = 0.01;
/** A change is of low rank if its rank is at most this share of the side, and has at least this share of its energy. */
export const MAX_LOW_RANK = 0.25;
export const MIN_LOW_RANK_SHARE = 0.5;

/**
 * The kind of a change; the first that holds. null if the difference is as large as between unrelated matrices and the
 * leading directions were not compared: it may then be noise or another model.
 *
 * - unchanged: all values are equal.
 * - retrained: W_B - W_A is as large as between unrelated matrices, and the leading directions agree no better than
 *   chance on either side.
 * - damaged: spikes of A are below the edge of the noise, or B lost rank although its stored type is A's.
 * - rounding: the difference is no larger than rounding to the stored types can make it.
 * - noise: no direction of the difference is surely beyond its random part.
 * - low-rank: few directions have most of the difference.
 * - structured: anything else, as from training all weights.
 */
export function changeKind(facts: ChangeFacts): ChangeKind | null {
  const { relativeChange, withinRounding, rank, rankLow, directions, rankShare, spikesLost } = facts;
  if (facts.unchanged) return "unchanged";
  if (relativeChange >= MIN_UNRELATED_CHANGE) {
    if (facts.overlapP.some((p) => p === null)) return null;
    if (facts.overlapP.every((p) => p !== null && p >= MIN_CHANCE_P)) return "retrained";
  }
  const [phaseA, phaseB] = facts.phases;
  const collapsed = facts.sameType && phaseA !== null && phaseA !== "rank-collapse" && phaseB === "rank-collapse";
  if ((spikesLost ?? 0) > 0 || collapsed) return "damaged";
  if (withinRounding === true) return "rounding";
  if (rankLow === 0) return "noise";
  return rank <= MAX_LOW_RANK * directions && rankShare >= MIN_LOW_RANK_SHARE ? "low-rank" : "structured";
}
