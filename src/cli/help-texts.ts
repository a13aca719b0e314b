/** After the help of the program. */
export const EPILOGUE = `
Numbers: eigenvalues are those of W'W; logarithms are decimal.
"eigenscope explain <word>" explains a column, a heading, a phase or a verdict.

Exit codes: 0 done, 1 a rule of --fail-on holds, 2 wrong usage, 3 unreadable or
malformed input, or nothing in it to analyse, 4 some layers failed (their rows
say why), 70 a fault of eigenscope, 130 interrupted.

Examples:
  eigenscope analyze model.safetensors
  eigenscope analyze model/ --layers "*.mlp.*" --html report.html
  eigenscope analyze model.safetensors --csv > layers.csv
  eigenscope analyze org/model --revision v1.0
  eigenscope analyze adapter/ --base org/model`;

export const PARQUET = "write one row per layer as Parquet, for pandas, polars or DuckDB";

export const PLOTS = "write each layer's spectrum as an SVG picture: logarithmic axes, random bulk, power law";

export const CARD = "write a section for the model card as Markdown: headline, phases, statistics, the command";

/** The page of a model, for the help. */
export const PAGE =
  "write one self-contained page: the answer, all spectra, and charts of the layers that are worth a look";
export const ALL_CHARTS =
  "with --html: charts of every layer (default: of up to 12 layers, else of those worth a look)";

/** What a path may be, for the help. */
export const INPUT =
  "a weight file, the folder of a model, a glob, an https:// address, or org/model[@revision][:file] of a " +
  "Hugging Face hub";

export const ALL_ROWS = "a row of the table for every expert of a mixture (default: one per group of experts)";

export const HEADS =
  "add a spectrum per head of attention; the number of heads (such as 12, or 12/4 with fewer heads of keys) is " +
  "needed only if neither the file nor config.json gives it";

/** The same, for commands that read stdin. */
export const INPUT_OR_STDIN = `${INPUT}, or - for a weight file from stdin`;
