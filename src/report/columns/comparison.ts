import { columnsOf, POSITIVE, SHARE, WEIGHT } from "./column.js";

const WEIGHTWATCHER = "[WW] (its distances)";

/** The fields of a comparison that the report of one model does not have. */
export const COMPARISON_COLUMNS = columnsOf<
  "distance_raw" | "distance_euclidean" | "distance_cka" | "relative_change" | "cka_centred" | "difference"
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
  difference: {
    definition: "W_B - W_A analysed like a layer: its phase and spikes describe the change from A to B.",
    range: "an object; its fields are the columns of a layer",
    values: { $ref: "urn:eigenscope:report:1#/definitions/layer" },
    source: "eigenscope",
  },
});
