import type { PairedBy } from "../../layers/index.js";
import type { PhaseName } from "../../phases/index.js";
import type { LayerRecord, Report } from "../report.js";
import type { ChangeKind } from "./change-kind.js";
import type { WhatChanged } from "./what-changed.js";

/** Version of the JSON of a comparison. The major number changes when a field changes its meaning or is removed. */
export const COMPARISON_SCHEMA_VERSION = "2.1.0";

/** A column of one layer in both models. */
export interface ColumnChange {
  readonly a: number | null;
  readonly b: number | null;
  /** b - a. null if either value is not available, or if it depends on alpha and alpha is not valid in both. */
  readonly change: number | null;
}

/** One layer of two models. */
export interface LayerComparison extends WhatChanged {
  /** The name in A; `name_b` is the name in B. */
  readonly name: string;
  readonly name_b: string;
  /**
   * How the two layers were matched: equal names, names without known wrappers, the end of the name, or block and role.
   */
  readonly paired_by: PairedBy;
  readonly layer_type: string;
  readonly shape: readonly number[];
  readonly dtype_a: string;
  readonly dtype_b: string;
  readonly N: number;
  readonly M: number;
  readonly rf: number;
  /** "unchanged": all values are equal. "failed": `reason` says why a part of the row is missing. */
  readonly status: "changed" | "unchanged" | "failed";
  readonly reason: string | null;
  readonly phase_a: PhaseName | null;
  readonly phase_b: PhaseName | null;
  /** Whether alpha is valid: its change is there only if it is in both. */
  readonly alpha_valid_a: boolean;
  readonly alpha_valid_b: boolean;
  /**
   * WeightWatcher's distances of W_A and W_B: the Frobenius norm of their difference, its mean over the slices of a
   * convolution, and the alignment.
   */
  readonly distance_raw: number | null;
  readonly distance_euclidean: number | null;
  readonly distance_cka: number | null;
  /**
   * eigenscope's own: the Frobenius norm of the difference over that of W_A, and the alignment with centred columns.
   */
  readonly relative_change: number | null;
  readonly cka_centred: number | null;
  /** Every numeric column of the report. */
  readonly columns: Readonly<Record<string, ColumnChange>>;
  /** W_B - W_A analysed like a layer. null if nothing changed, or if the difference has no spectrum. */
  readonly difference: LayerRecord | null;
  readonly notes: readonly string[];
}

/** A layer without a partner, and the reason. */
export interface UnpairedLayer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly reason: string;
}

export interface ShapeMismatch {
  readonly name: string;
  readonly shape_a: readonly number[];
  readonly shape_b: readonly number[];
}

export interface ComparisonSummary {
  /** What kind of change it was, in one sentence, and what is different in how the two are stored. */
  readonly headline: string;
  readonly stored_types: string | null;
  /** The kind of all changed layers; "mixed" if they differ; null if none is known. */
  readonly kind: ChangeKind | "mixed" | null;
  /** How many layers changed in which way, the most serious kind first. */
  readonly kinds: readonly { readonly kind: ChangeKind; readonly layers: number }[];
  readonly compared: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Over all compared layers: sqrt(sum ||W_B - W_A||^2/sum ||W_A||^2). */
  readonly relative_change: number | null;
  /** How many layers went from one phase to another (or stayed in the same), most frequent first. */
  readonly transitions: readonly {
    readonly from: PhaseName | null;
    readonly to: PhaseName | null;
    readonly layers: number;
  }[];
}

/** Two models compared layer by layer. */
export interface Comparison {
  readonly schemaVersion: string;
  readonly tool: Report["tool"];
  readonly a: Report["input"];
  readonly b: Report["input"];
  readonly options: Report["options"];
  readonly conventions: Report["conventions"];
  /** In the order of A's report (`a.order`). */
  readonly layers: readonly LayerComparison[];
  readonly only_in_a: readonly UnpairedLayer[];
  readonly only_in_b: readonly UnpairedLayer[];
  readonly mismatched: readonly ShapeMismatch[];
  /**
   * The assumptions, in sentences: names taken for the same layer, and fused tensors cut like the other model's layers.
   */
  readonly assumed: readonly string[];
  readonly warnings: readonly string[];
  readonly summary: ComparisonSummary;
}
