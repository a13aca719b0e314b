import type { Rng } from "../../numeric/index.js";
import type { MatrixShape } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";

/**
 * What is planted in a family, in the order in which the reports list them; "none": a shape that no phase describes.
 */
export const GROUPS = ["random", "spikes", "decay", "heavy", "collapse", "none"] as const;
export type Group = (typeof GROUPS)[number];

/** One matrix of a family: N x M, row-major, entries of any scale. */
export interface Planted {
  readonly W: Float64Array;
  /** The names that a careful reader accepts for what was planted. */
  readonly accepted: readonly PhaseName[];
}

/** A family of random matrices of which it is known what was planted. */
export interface PhaseFamily {
  readonly name: string;
  readonly group: Group;
  /** Why the names are accepted that `draw` returns. */
  readonly why: string;
  readonly draw: (shape: MatrixShape, rng: Rng) => Planted;
}
