/** The columns with reference values: numbers that do not depend on the size of a layer or the scale of its weights. */
export const ATLAS_COLUMNS = ["alpha", "tail_index", "mp_soft_rank", "matrix_entropy"] as const;
export type AtlasColumn = (typeof ATLAS_COLUMNS)[number];

/** A value's place among the layers of one group. */
export interface Percentile {
  /** The layer's full name. */
  readonly layer: string;
  readonly column: AtlasColumn;
  /** Share of the group's values that are smaller, ties counted half, in per cent. */
  readonly percentile: number;
  /** Its standard error, sqrt(p(1 - p)/n), in per cent. */
  readonly error: number;
  /** The group, such as "attention layers" or "attention layers that are heavy-tailed". */
  readonly group: string;
  readonly n: number;
  /** From how many networks. */
  readonly networks: number;
}

/** Where the layers of a report lie among those of known networks. */
export interface Reference {
  /** The networks behind the percentiles, with the number of their layers. */
  readonly networks: readonly { readonly name: string; readonly layers: number }[];
  /** The report's layers of one family together. */
  readonly families: readonly FamilyPlace[];
  /** Each layer by itself. */
  readonly percentiles: readonly Percentile[];
}

/** The median of a column over the report's layers of one family, and its place among the atlas's. */
export interface FamilyPlace extends Omit<Percentile, "layer"> {
  readonly median: number;
  /** Over how many layers of the report. */
  readonly layers: number;
}
