import { COUNT, type Definition, oneOf, POSITIVE, SHARE } from "./column.js";
import { LAYER_TYPE_WORDS, ROLE_WORDS, STATUS_WORDS } from "./words.js";

/** Which layer it is. */
export const NAME = {
  layer_id: { definition: "Position among all candidate layers of the file, from 0.", range: "whole numbers from 0", source: "[WW]" },
  name: { definition: "Full name of the layer, unique in the file.", range: "text", source: "[WW]" },
} as const satisfies Record<string, Definition>;

/** What the layer is. */
export const IDENTITY = {
  longname: { definition: "Full name as the file has it; WeightWatcher's column.", range: "text", source: "[WW]" },
  layer_type: {
    definition: "Kind of layer: dense, embedding, conv1d, conv2d, conv3d, recurrent, experts or lora.",
    words: LAYER_TYPE_WORDS,
    range: "one of these words",
    source: "[WW]",
  },
  shape: {
    definition: "Shape of the stored tensor, or of the part of it that this layer is.",
    range: "whole numbers",
    source: "weightscope",
  },
  dtype: { definition: "Type of the stored values.", range: "text", source: "weightscope" },
  transposed: {
    definition: "True where the stored matrix is wide (rows < columns), so that W is its transpose.",
    range: "true or false",
    source: "weightscope",
  },
  block: {
    definition: "Index of the repeated block that holds the layer, read from its name; null outside of blocks.",
    range: "whole numbers from 0",
    source: "weightscope",
  },
  role: {
    definition: "What the layer does in its block, read from its name; null where the name does not tell.",
    words: ROLE_WORDS,
    range: oneOf(ROLE_WORDS),
    source: "weightscope",
  },
  N: { definition: "Larger side of one weight matrix W.", range: "whole numbers from 1", unit: COUNT, source: "[WW]" },
  M: { definition: "Smaller side of one weight matrix W.", range: "whole numbers from 1", unit: COUNT, source: "[WW]" },
  Q: { definition: "Aspect ratio N/M, at least 1.", formula: "N/M", range: "1 or more", source: "[MM19]; [WW]" },
  rf: {
    definition: "Number of matrices pooled into one spectrum: kernel positions of a convolution, otherwise 1.",
    range: "whole numbers from 1",
    unit: COUNT,
    source: "[WW]",
  },
  num_evals: { definition: "Number of eigenvalues, M * rf.", formula: "M rf", range: "whole numbers from 1", unit: COUNT, source: "[WW]" },
  live_rows: {
    definition:
      "Rows of the longer side that carry something (mean over the matrices); the fits take it for N. Zeros, and what lies far below the others, carry nothing.",
    range: POSITIVE,
    unit: COUNT,
    source: "weightscope",
  },
  live_columns: {
    definition: "Columns (rows of the shorter side) with an entry other than zero (mean over the matrices); the others lose rank.",
    range: POSITIVE,
    unit: COUNT,
    source: "weightscope",
  },
  Q_live: {
    definition: "Aspect ratio of the live rows and columns.",
    formula: "live_rows/live_columns, or its inverse",
    range: "1 or more",
    source: "weightscope",
  },
  entry_kurtosis: {
    definition: "Kurtosis of the entries in the live rows and columns: 3 Gaussian, 1.8 uniform, 6 Laplace.",
    formula: "mean(w^4)/mean(w^2)^2",
    range: "1 or more",
    source: "weightscope",
  },
  zero_share: { definition: "Share of the entries that are exactly zero.", range: SHARE, source: "weightscope" },
  status: { definition: '"success", or "failed" with its reason.', words: STATUS_WORDS, range: "one of these words", source: "[WW]" },
  reason: { definition: "Why the layer failed; null where it did not.", range: "text", source: "weightscope" },
} as const satisfies Record<string, Definition>;
