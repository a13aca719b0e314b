import {
  COUNT,
  type Definition,
  FROM_1,
  oneOf,
  POSITIVE,
  SHARE,
  STRING,
  TEXT,
  TRUE_OR_FALSE,
  WHOLE,
  WHOLE_FROM_1,
  wholeFrom,
} from "./column.js";
import { LAYER_TYPE_WORDS, ROLE_WORDS, STATUS_WORDS } from "./words.js";

/** Number and name of the layer. */
export const NAME = {
  layer_id: {
    definition: "Position among all candidate layers of the file, from 0.",
    range: WHOLE,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  name: {
    definition: "Full name of the layer, unique in the file.",
    range: TEXT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
} as const satisfies Record<string, Definition>;

/** Kind, shape and sizes of the layer. */
export const IDENTITY = {
  longname: {
    definition: "Full name as in the file; WeightWatcher's column.",
    range: TEXT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  layer_type: {
    definition: "Kind of layer: dense, embedding, conv1d, conv2d, conv3d, recurrent, experts or lora.",
    words: LAYER_TYPE_WORDS,
    range: "one of these words",
    values: STRING,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  shape: {
    definition: "Shape of the stored tensor, or of the part of it that this layer is.",
    range: "whole numbers",
    values: { type: "array", items: wholeFrom(0) },
    neverNull: true,
    source: "eigenscope",
  },
  dtype: { definition: "Type of the stored values.", range: TEXT, neverNull: true, source: "eigenscope" },
  transposed: {
    definition: "True if the stored matrix is wide (rows < columns); W is then its transpose.",
    range: TRUE_OR_FALSE,
    neverNull: true,
    source: "eigenscope",
  },
  block: {
    definition: "Index of the repeated block that holds the layer, read from its name; null outside of blocks.",
    range: WHOLE,
    source: "eigenscope",
  },
  block_name: {
    definition:
      "Name of the block that holds the layer: the layer's name up to the block's index; null if the name shows none.",
    range: TEXT,
    source: "eigenscope",
  },
  role: {
    definition: "What the layer does in its block, read from its name; null if the name does not say.",
    words: ROLE_WORDS,
    range: oneOf(ROLE_WORDS),
    source: "eigenscope",
  },
  N: {
    definition: "Larger side of one weight matrix W.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  M: {
    definition: "Smaller side of one weight matrix W.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  Q: {
    definition: "Aspect ratio N/M, at least 1.",
    formula: "N/M",
    range: FROM_1,
    neverNull: true,
    weightwatcher: true,
    source: "[MM19]; [WW]",
  },
  rf: {
    definition: "Number of matrices pooled into one spectrum: kernel positions of a convolution, otherwise 1.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  num_evals: {
    definition: "Number of eigenvalues, M * rf.",
    formula: "M rf",
    range: WHOLE_FROM_1,
    unit: COUNT,
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  live_rows: {
    definition:
      "Rows of the longer side with non-negligible entries (mean over the matrices). Rows of zeros, or of " +
      "entries far below the others, do not count. The fits use it as N.",
    range: POSITIVE,
    unit: COUNT,
    source: "eigenscope",
  },
  live_columns: {
    definition:
      "Columns (along the shorter side) with a non-zero entry (mean over the matrices); the others reduce the rank.",
    range: POSITIVE,
    unit: COUNT,
    source: "eigenscope",
  },
  Q_live: {
    definition: "Aspect ratio of the live rows and columns.",
    formula: "live_rows/live_columns, or its inverse",
    range: FROM_1,
    source: "eigenscope",
  },
  entry_kurtosis: {
    definition: "Kurtosis of the entries in the live rows and columns: 3 Gaussian, 1.8 uniform, 6 Laplace.",
    formula: "mean(w^4)/mean(w^2)^2",
    range: FROM_1,
    source: "eigenscope",
  },
  zero_share: { definition: "Share of the entries that are exactly zero.", range: SHARE, source: "eigenscope" },
  status: {
    definition: '"success", or "failed" with its reason.',
    words: STATUS_WORDS,
    range: "one of these words",
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  reason: { definition: "Why the layer failed; null if it did not.", range: TEXT, source: "eigenscope" },
} as const satisfies Record<string, Definition>;
