import type { Rng } from "../../numeric/index.js";
import type { MatrixShape } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";

/** Kinds of families, in the order of the reports. "none": a shape that no phase describes. */
export const GROUPS = ["random", "spikes", "decay", "heavy", "collapse", "none"] as const;
export type Group = (typeof GROUPS)[number];

/** One matrix of a family: N x M, row-major, entries of any scale. */
export interface Planted {
  readonly W: Float64Array;
  /** The names that a careful reader accepts for this matrix. */
  readonly accepted: readonly PhaseName[];
}

/** A family of random matrices with known structure. */
export interface PhaseFamily {
  readonly name: string;
  readonly group: Group;
  /** Why the accepted names are right. */
  readonly why: string;
  readonly draw: (shape: MatrixShape, rng: Rng) => Planted;
}
