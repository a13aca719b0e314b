import type { LayerRecord } from "../report.js";
import type { ColumnChange } from "./comparison.js";

/** Columns that are not numbers, or that are equal in both models by construction. */
export const NOT_COMPARED: ReadonlySet<string> = new Set<string>([
  ...([
    "layer_id",
    "name",
    "longname",
    "layer_type",
    "shape",
    "dtype",
    "transposed",
    "N",
    "M",
    "Q",
    "rf",
    "num_evals",
  ] as const),
  ...(["status", "reason", "alpha_valid", "alpha_reason", "warning"] as const),
  ...(["phase", "phase_evidence", "phase_reason", "route", "precision", "notes"] as const),
] satisfies (keyof LayerRecord)[]);
/** Columns that mean nothing if alpha is not valid. */
const ALPHA_COLUMNS = new Set<string>([
  ...(["alpha", "sigma", "alpha_weighted", "log_alpha_norm", "erg_delta_lambda_min", "erg_log_det"] as const),
] satisfies (keyof LayerRecord)[]);

/** Every numeric column: its value in both models and its change from A to B. */
export function columnChanges(a: LayerRecord, b: LayerRecord): Record<string, ColumnChange> {
  const comparable = a.alpha_valid && b.alpha_valid;
  const names = (Object.keys(a) as (keyof LayerRecord)[]).filter((name) => !NOT_COMPARED.has(name));
  return Object.fromEntries(
    names.map((name) => {
      const [from, to] = [numberOf(a[name]), numberOf(b[name])];
      const change = from === null || to === null || (ALPHA_COLUMNS.has(name) && !comparable) ? null : to - from;
      return [name, { a: from, b: to, change }];
    }),
  );
}

function numberOf(value: LayerRecord[keyof LayerRecord]): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
