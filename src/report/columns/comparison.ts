import { type ChangeKind, MAX_LOW_RANK, MIN_CHANCE_P, MIN_LOW_RANK_SHARE } from "../../analysis/compare/change-kind.js";
import type { LayerComparison } from "../../analysis/compare/comparison.js";
import { MAX_LEADING, MIN_TURN, MIN_TURN_OVER_NOISE } from "../../analysis/compare/leading-directions.js";
import type { WhatChanged } from "../../analysis/compare/what-changed.js";
import { COUNT, columnsOf, EIGENVALUE, oneOf, POSITIVE, SHARE, WEIGHT, WHOLE, WHOLE_FROM_1 } from "./column.js";

const WEIGHTWATCHER = "[WW] (its distances)";

/** What each kind of change is. The first that holds, in the order of `changeKind`. */
export const KIND_WORDS: Readonly<Record<ChangeKind, string>> = {
  unchanged: "All values are equal.",
  retrained:
    "W_B - W_A is as large as between unrelated matrices, and the leading directions agree no better than chance " +
    `(p of ${MIN_CHANCE_P} or more on both sides): trained again, or another model.`,
  damaged:
    "Spikes of A are weaker than the noise that was added, or B lost rank although its stored type is A's: " +
    "directions were lost.",
  rounding: "W_B - W_A is no larger than rounding to the stored types can make it, in both norms.",
  noise: "No direction of W_B - W_A is surely beyond its random part.",
  "low-rank":
    `At most ${MAX_LOW_RANK} of all directions of W_B - W_A are beyond its random part, and have at least ` +
    `${MIN_LOW_RANK_SHARE} of its squared norm, as an adapter's.`,
  structured: "Any other change: structure in many directions, or beside a larger random part, as from full training.",
};

const OVERLAP_DEFINITION =
  "Mean squared cosine between A's leading singular directions and B's leading subspace: 1 if B keeps them all";
const OVERLAP_SOURCE = "[Mui82]; [AEK06]; eigenscope";

/** The fields of a comparison that the report of one model does not have. */
export const COMPARISON_COLUMNS = columnsOf<
  | keyof WhatChanged
  | keyof Pick<
      LayerComparison,
      "distance_raw" | "distance_euclidean" | "distance_cka" | "relative_change" | "cka_centred" | "difference"
    >
>({
  distance_raw: {
    definition: "Frobenius norm of W_B - W_A.",
    formula: "||W_B - W_A||_F",
    range: POSITIVE,
    unit: WEIGHT,
    source: WEIGHTWATCHER,
  },
  distance_euclidean: {
    definition: "Mean of the Frobenius norms of the slices of W_B - W_A; distance_raw if there is one matrix.",
    formula: "mean over slices of ||W_B - W_A||_F",
    range: POSITIVE,
    unit: WEIGHT,
    source: WEIGHTWATCHER,
  },
  distance_cka: {
    definition:
      "Alignment of W_A and W_B as WeightWatcher computes it: not centred, and the square root of the usual " +
      "quantity; mean over slices.",
    formula: "||W_A'W_B||_F/sqrt(||W_A'W_A||_F ||W_B'W_B||_F), W as stored",
    range: SHARE,
    source: WEIGHTWATCHER,
  },
  relative_change: {
    definition: "How far the weights moved: the Frobenius norm of W_B - W_A over that of W_A.",
    formula: "||W_B - W_A||_F/||W_A||_F",
    range: POSITIVE,
    source: "eigenscope",
  },
  cka_centred: {
    definition:
      "Centred kernel alignment of W_A and W_B, columns centred over the rows, linear kernel; mean over slices.",
    formula: "||W_A'W_B||_F^2/(||W_A'W_A||_F ||W_B'W_B||_F), columns centred",
    range: SHARE,
    source: "[KNLH19] eq. 3",
  },
  kind: {
    definition: "What kind of change W_B - W_A is; null if it is not known.",
    range: oneOf(KIND_WORDS),
    words: KIND_WORDS,
    source: "eigenscope",
  },
  relative_change_operator: {
    definition: "The largest singular value of W_B - W_A over that of W_A: the relative error in the operator norm.",
    formula: "s_max(W_B - W_A)/s_max(W_A)",
    range: POSITIVE,
    source: "eigenscope",
  },
  rounding_edge: {
    definition:
      "The largest eigenvalue that rounding both matrices to their stored types can give W_B - W_A. From the unit " +
      "roundoff of floats, and from steps over the range of all entries for codes.",
    formula:
      "edge of a random matrix with the variances u^2/3 w^2 (floats) or step^2/12 (codes) of both, 99 % point; if " +
      "only that is exceeded, with the largest sums of variances in a row and a column",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[Joh01]; [BvH16]",
  },
  dw_sigma: {
    definition:
      "Standard deviation of an entry of the noise in W_B - W_A: its random part, a fitted Marchenko-Pastur bulk. " +
      "0 if nothing beyond rounding is left; null if no bulk can be told from the rest.",
    range: POSITIVE,
    unit: WEIGHT,
    source: "[MP67]; eigenscope",
  },
  dw_edge: {
    definition:
      "Upper edge of the Marchenko-Pastur bulk of W_B - W_A: the noise that was added reaches up to it. 0 and null " +
      "as for dw_sigma.",
    formula: "N dw_sigma^2 (1 + 1/sqrt(Q))^2",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[MP67]",
  },
  dw_rank: {
    definition:
      "Rank of W_B - W_A beyond its random part: eigenvalues beyond the Tracy-Widom edge of its bulk, at the 1 % " +
      "level, and above rounding_edge. Without a bulk, eigenvalues above what rounding gives.",
    formula: "#{lambda > sigma^2 (centre + scale F1^-1(0.99^(1/rf))) and lambda > rounding_edge}",
    range: WHOLE,
    unit: COUNT,
    source: "[Joh01] theorem 1.1; [TW96]",
  },
  dw_rank_low: {
    definition:
      "Low end of the 99 % interval of dw_rank, from the sampling error of the edge and of dw_sigma: 0 if the " +
      "change may be noise or rounding alone.",
    range: WHOLE,
    unit: COUNT,
    source: "[TW96]; eigenscope",
  },
  dw_rank_high: {
    definition:
      "High end of the 99 % interval of dw_rank. It covers all components stronger than rounding and than the " +
      "transition of [BBP05]; weaker ones leave no eigenvalue beyond the bulk.",
    range: WHOLE,
    unit: COUNT,
    source: "[TW96]; [BBP05]; eigenscope",
  },
  dw_rank_share: {
    definition: "Share of ||W_B - W_A||_F^2 that the dw_rank largest eigenvalues have.",
    formula: "sum of the dw_rank largest eigenvalues/sum of all",
    range: SHARE,
    source: "eigenscope",
  },
  spikes_a: {
    definition:
      "Directions of A beyond its own bulk, as spikes counts them. If fewer than half of A's eigenvalues are above " +
      "zero: all of these. null if A has no bulk.",
    range: WHOLE,
    unit: COUNT,
    source: "[Joh01] theorem 1.1",
  },
  spikes_lost: {
    definition: "Spikes of A that are not above dw_edge: the noise that was added is stronger than they are.",
    formula: "#{spikes of A with lambda <= dw_edge}",
    range: WHOLE,
    unit: COUNT,
    source: "eigenscope",
  },
  spikes_turned: {
    definition:
      `Spikes of A of which more than ${MIN_TURN} of the squared length left B's leading subspace, on either side, ` +
      `and more than ${MIN_TURN_OVER_NOISE} times what noise of dw_sigma gives on average, at the 1 % level over ` +
      `all of them. Among the ${MAX_LEADING} leading ones of a matrix.`,
    formula:
      "sin^2 against sigma^2 sum_j (lambda_k + lambda_j)/(lambda_k - lambda_j)^2 over j outside the leading ones",
    range: WHOLE,
    unit: COUNT,
    source: "[Ste91]; [BN12]",
  },
  leading: {
    definition:
      "Directions of A that the overlaps and angles are about: its spikes; without any, as many as its stable rank, " +
      `rounded up. At most ${MAX_LEADING} of a matrix. B's subspace has as many, or B's spikes if these are more.`,
    range: WHOLE_FROM_1,
    unit: COUNT,
    source: "eigenscope",
  },
  overlap_left: {
    definition: `${OVERLAP_DEFINITION}. Left singular vectors (of length rows, as stored).`,
    formula: "||U_A'U_B||_F^2/k, k leading directions of A",
    range: SHARE,
    source: OVERLAP_SOURCE,
  },
  overlap_left_chance: {
    definition: "What overlap_left is on average for a random subspace.",
    formula: "l/rows, l directions of B",
    range: SHARE,
    source: OVERLAP_SOURCE,
  },
  overlap_left_p: {
    definition: "Probability that a random subspace has a larger overlap_left.",
    formula: "the beta law with the exact mean and variance; exact for one direction",
    range: SHARE,
    source: "[Mui82]; [Pil55]",
  },
  angle_left: {
    definition: "Largest principal angle between A's leading left singular vectors and B's leading subspace.",
    formula: "arccos of the smallest singular value of U_A'U_B",
    range: "0 to 90",
    values: { type: "number", minimum: 0, maximum: 90 },
    unit: "degrees",
    source: "[AEK06]",
  },
  overlap_right: {
    definition: `${OVERLAP_DEFINITION}. Right singular vectors (of length columns, as stored).`,
    formula: "||V_A'V_B||_F^2/k, k leading directions of A",
    range: SHARE,
    source: OVERLAP_SOURCE,
  },
  overlap_right_chance: {
    definition: "What overlap_right is on average for a random subspace.",
    formula: "l/columns, l directions of B",
    range: SHARE,
    source: OVERLAP_SOURCE,
  },
  overlap_right_p: {
    definition: "Probability that a random subspace has a larger overlap_right.",
    formula: "the beta law with the exact mean and variance; exact for one direction",
    range: SHARE,
    source: "[Mui82]; [Pil55]",
  },
  angle_right: {
    definition: "Largest principal angle between A's leading right singular vectors and B's leading subspace.",
    formula: "arccos of the smallest singular value of V_A'V_B",
    range: "0 to 90",
    values: { type: "number", minimum: 0, maximum: 90 },
    unit: "degrees",
    source: "[AEK06]",
  },
  difference: {
    definition: "W_B - W_A analysed like a layer: its phase and spikes describe the change from A to B.",
    range: "an object; its fields are the columns of a layer",
    values: { $ref: "urn:eigenscope:report:1#/definitions/layer" },
    source: "eigenscope",
  },
});
