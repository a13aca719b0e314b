import type { Layer } from "../layers/index.js";
import type { LayerRecord } from "./report.js";
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

/** A row before anything is measured: every column in its place in the report. */
const UNMEASURED = {
  layer_id: 0,
  name: "",
  longname: "",
  layer_type: "",
  shape: [],
  dtype: "",
  transposed: false,
  block: null,
  role: null,
  N: 0,
  M: 0,
  Q: 0,
  rf: 0,
  num_evals: 0,
  live_rows: null,
  live_columns: null,
  Q_live: null,
  entry_kurtosis: null,
  zero_share: null,
  status: "failed",
  reason: null,
  alpha: null,
  D: null,
  xmin: null,
  xmax: null,
  sigma: null,
  num_pl_spikes: null,
  alpha_valid: false,
  alpha_reason: null,
  alpha_weighted: null,
  log_alpha_norm: null,
  alpha_hill: null,
  erg_delta_lambda_min: null,
  erg_log_det: null,
  warning: "",
  alpha_low: null,
  alpha_high: null,
  D_p: null,
  tail_index: null,
  tail_index_low: null,
  tail_index_high: null,
  tail_index_k: null,
  tail_heavy_p: null,
  best_law: null,
  laws_xmin: null,
  tpl_ratio: null,
  tpl_p: null,
  exp_ratio: null,
  exp_p: null,
  s_exp_ratio: null,
  s_exp_p: null,
  log_n_ratio: null,
  log_n_p: null,
  lambda_max: null,
  lambda_min: null,
  sv_max: null,
  sv_min: null,
  norm: null,
  log_norm: null,
  spectral_norm: null,
  log_spectral_norm: null,
  stable_rank: null,
  matrix_rank: null,
  rank_loss: null,
  weak_rank_loss: null,
  entropy: null,
  hard_rank: null,
  matrix_entropy: null,
  mp_soft_rank: null,
  bulk_sigma: null,
  bulk_sigma_se: null,
  lambda_plus: null,
  lambda_minus: null,
  bulk_ks: null,
  bulk_p: null,
  level_spacing: null,
  level_spacing_se: null,
  spikes: null,
  tw_statistic: null,
  tw_p: null,
  snr_spectrum: null,
  snr_mp: null,
  phase: null,
  phase_confidence: null,
  phase_evidence: null,
  phase_reason: null,
  phase_path: null,
  verdict: "unknown",
  verdict_reason: "",
  resolved_floor: null,
  unresolved: null,
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
