import type { HeadColumns, HeadSpectra } from "../../analysis/optional-columns.js";
import { ABOVE_1, COUNT, columnsOf, FROM_1, objectOf, POSITIVE, type ValueSchema, WHOLE_FROM_1 } from "./column.js";

const listOf = (type: string | readonly string[]): ValueSchema => ({ type: "array", items: { type } });
const NUMBERS = listOf(["number", "null"]);
const TEXTS = listOf(["string", "null"]);

const HEAD_LISTS: Readonly<Record<keyof HeadSpectra, ValueSchema>> = {
  reason: TEXTS,
  alpha: NUMBERS,
  alpha_valid: listOf("boolean"),
  alpha_low: NUMBERS,
  alpha_high: NUMBERS,
  lambda_max: NUMBERS,
  stable_rank: NUMBERS,
  norm: NUMBERS,
  spikes: NUMBERS,
  tail_index: NUMBERS,
  phase: TEXTS,
  phase_confidence: NUMBERS,
};

/** The heads of attention: present with `--heads`. */
export const HEADS = columnsOf<keyof HeadColumns>({
  head_count: {
    definition: "Number of heads into which the projection is cut; a note of the layer says what told it.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    source: "eigenscope",
  },
  head_size: {
    definition: "Rows (queries, keys, values) or columns (output) of one head.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    source: "eigenscope",
  },
  head_alpha_median: {
    definition: "Median of alpha over the heads whose alpha is valid.",
    range: ABOVE_1,
    source: "[CSN09]; eigenscope",
  },
  head_alpha_iqr: {
    definition: "Interquartile range of alpha over the heads whose alpha is valid.",
    range: POSITIVE,
    source: "eigenscope",
  },
  head_stable_rank_median: {
    definition: "Median of the stable rank over the heads.",
    range: FROM_1,
    source: "eigenscope",
  },
  head_stable_rank_iqr: {
    definition: "Interquartile range of the stable rank over the heads.",
    range: POSITIVE,
    source: "eigenscope",
  },
  heads: {
    definition:
      "Columns of each head, measured like a layer: a list per column, with an entry per head in the order of the " +
      "matrix.",
    range: "lists of head_count entries",
    values: objectOf(HEAD_LISTS),
    source: "eigenscope",
  },
});
