import { blockName, type Layer } from "../layers/index.js";
import { NUMBER_COLUMNS } from "./number-columns.js";
import { nullColumns } from "./optional-columns.js";
import type { LayerRecord } from "./report.js";
import { SPECTRUM_COLUMNS } from "./spectrum-columns.js";
import { layerVerdict } from "./verdict.js";

/** The columns of a layer that come from its description, not from its spectrum. */
export type LayerIdentity = Pick<
  LayerRecord,
  | "layer_id"
  | "name"
  | "longname"
  | "layer_type"
  | "shape"
  | "dtype"
  | "transposed"
  | "block"
  | "block_name"
  | "role"
  | "N"
  | "M"
  | "Q"
  | "rf"
  | "num_evals"
>;

/** What a spectrum adds to a row; the verdict follows from it. */
export type MeasuredColumns = Omit<
  Required<Pick<LayerRecord, keyof typeof UNMEASURED>>,
  keyof LayerIdentity | "verdict" | "verdict_reason"
>;

/** A row before anything is measured: every column in its place in the row. */
export const UNMEASURED = {
  layer_id: 0,
  name: "",
  longname: "",
  layer_type: "",
  shape: [],
  dtype: "",
  transposed: false,
  block: null,
  block_name: null,
  role: null,
  N: 0,
  M: 0,
  Q: 0,
  rf: 0,
  num_evals: 0,
  ...nullColumns(NUMBER_COLUMNS.entries),
  status: "failed",
  reason: null,
  ...nullColumns(NUMBER_COLUMNS.powerLaw),
  alpha_valid: false,
  alpha_reason: null,
  ...nullColumns(NUMBER_COLUMNS.alphas),
  warning: "",
  ...nullColumns([...NUMBER_COLUMNS.alphaInterval, ...NUMBER_COLUMNS.tailIndex]),
  best_law: null,
  ...nullColumns([...NUMBER_COLUMNS.laws, ...SPECTRUM_COLUMNS, ...NUMBER_COLUMNS.bulk, ...NUMBER_COLUMNS.edge]),
  phase: null,
  ...nullColumns(NUMBER_COLUMNS.phase),
  phase_evidence: null,
  phase_reason: null,
  phase_path: null,
  verdict: "unknown",
  verdict_reason: "",
  ...nullColumns(NUMBER_COLUMNS.resolution),
  route: null,
  precision: null,
  notes: [],
} satisfies LayerRecord;

/** The columns that identify a layer. */
export function identityColumns({
  index,
  name,
  type,
  shape,
  dtype,
  transposed,
  block,
  role,
  N,
  M,
  Q,
  rf,
}: Layer): LayerIdentity {
  return {
    layer_id: index,
    name,
    longname: name,
    layer_type: type,
    shape,
    dtype,
    transposed,
    block,
    block_name: blockName(name),
    role,
    N,
    M,
    Q,
    rf,
    num_evals: M * rf,
  };
}

/** The row of a layer without a spectrum: every number is null, and the reason is given. */
export function unmeasuredRow(layer: Layer, reason: string): LayerRecord {
  const row = { ...identityColumns(layer), reason, alpha_reason: reason, phase_reason: reason, notes: layer.notes };
  return withVerdict({ ...UNMEASURED, ...row });
}

type Merged<Parts extends readonly object[]> = Parts extends readonly [
  infer First,
  ...infer Rest extends readonly object[],
]
  ? First & Merged<Rest>
  : unknown;

/**
 * One row of the columns of all `parts`, in the report's order. Its type holds only what the parts have, so that a
 * missing column does not compile. (A row of 90 columns built up one by one is a hash table, five times as slow to
 * build as one that starts with all of them.)
 */
export function rowOf<Parts extends readonly object[]>(...parts: Parts): Merged<Parts> {
  return Object.assign({ ...UNMEASURED }, ...parts);
}

/** The row with its verdict. */
export function withVerdict(row: LayerIdentity & MeasuredColumns): LayerRecord {
  return { ...row, ...layerVerdict(row) };
}
