import type { Role } from "../../layers/role.js";
import type { Phase, PhaseName } from "../../phases/phase.js";

/** The numbers that are compared between the members of a group. */
export const GROUP_STATISTICS = ["alpha", "norm", "lambda_max", "stable_rank"] as const;
export type GroupStatistic = (typeof GROUP_STATISTICS)[number];

/** The phase of a member; "failed" without a spectrum, null where the group has no member. */
export type CellPhase = PhaseName | "failed" | null;

/** Median and quartiles over the members that have the number. */
export interface Spread {
  readonly median: number | null;
  readonly lower_quartile: number | null;
  readonly upper_quartile: number | null;
  /** How many members have it: alpha counts only where it is valid. */
  readonly members: number;
}

/** A member that differs from the others of its block by more than chance explains. */
export interface GroupOutlier {
  readonly block: number | null;
  readonly member: number;
  readonly layer_id: number;
  /** The layer's full name, and for a head "[head k]" after it. */
  readonly name: string;
  readonly statistic: GroupStatistic;
  readonly value: number;
  /** The median of its block. */
  readonly median: number;
  /** Robust deviations of its logarithm from that median; negative below it. */
  readonly score: number;
}

/** The members of a group: one row per block, one column per member, null where there is none. */
export interface GroupGrid {
  /** Number of the block of each row, ascending; null where the names show no block. */
  readonly blocks: readonly (number | null)[];
  /** Number of the expert or head of each column, ascending. */
  readonly members: readonly number[];
  readonly layer_id: readonly (readonly (number | null)[])[];
  readonly phase: readonly (readonly CellPhase[])[];
  /** null also where alpha is not valid. */
  readonly alpha: readonly (readonly (number | null)[])[];
  readonly norm: readonly (readonly (number | null)[])[];
  readonly lambda_max: readonly (readonly (number | null)[])[];
  readonly stable_rank: readonly (readonly (number | null)[])[];
}

/** The layers, or the heads of layers, that play one part in every block. */
export interface LayerGroup {
  readonly kind: "experts" | "heads";
  /** The name with the numbers of block and expert replaced by "*". */
  readonly name: string;
  readonly role: Role | null;
  /** Sides of the first member's matrix, N >= M. */
  readonly N: number;
  readonly M: number;
  /** Blocks, members of all blocks, and those without a spectrum. */
  readonly blocks: number;
  readonly members: number;
  readonly failed: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly undecided: number;
  readonly alpha: Spread;
  readonly norm: Spread;
  readonly lambda_max: Spread;
  readonly stable_rank: Spread;
  readonly grid: GroupGrid;
  /** Robust deviations beyond which a member of this group is an outlier. */
  readonly outlier_score: number;
  /** The members that differ, most different first. */
  readonly outliers: readonly GroupOutlier[];
}
