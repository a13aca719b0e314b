import type { JSX } from "preact";
import type { LayerRecord } from "../../analysis/report.js";
import { columnsIn, EVIDENCE_COLUMNS } from "../columns.js";
import { type FieldValue, valueText } from "./value-text.js";

/** Columns that other lines of the section show. */
const SHOWN_ELSEWHERE: ReadonlySet<keyof LayerRecord> = new Set<keyof LayerRecord>([
  ...(["layer_id", "name", "longname", "layer_type", "shape", "dtype", "transposed", "status", "reason"] as const),
  ...(["alpha_valid", "alpha_reason", "warning", "phase", "phase_confidence", "phase_evidence"] as const),
  ...(["phase_reason", "phase_path", "notes", "route", "verdict", "verdict_reason"] as const),
]);
/** Columns computed from alpha. */
const ALPHA_COLUMNS: ReadonlySet<keyof LayerRecord> = new Set<keyof LayerRecord>([
  "alpha",
  "alpha_weighted",
  "log_alpha_norm",
  "sigma",
  "erg_delta_lambda_min",
  "erg_log_det",
]);
/** Significant digits of a number. */
const DIGITS = 5;

/**
 * The evidence and every other value of a row. If alpha is not valid, numbers computed from it are only in the JSON.
 * The definitions are in the reading guide; the page's script shows that of a number that is pointed at.
 */
export function RowNumbers({ record }: { record: LayerRecord }): JSX.Element | null {
  const { phase_evidence: evidence, alpha_valid, lambda_max } = record;
  if (lambda_max === null) return null;
  const fields = columnsIn([record]).filter(
    ({ name }) => !SHOWN_ELSEWHERE.has(name) && (alpha_valid || !ALPHA_COLUMNS.has(name)),
  );
  const statistics = EVIDENCE_COLUMNS.filter(({ name }) => alpha_valid || name !== "alpha");
  return (
    <>
      {evidence !== null && (
        <details>
          <summary>Evidence for the phase</summary>
          <dl class="values">
            {statistics.map(({ name }) => (
              <Value key={name} id={`evidence-${name}`} name={name} value={evidence[name]} />
            ))}
          </dl>
        </details>
      )}
      <details>
        <summary>All {fields.length} numbers, with the names of the JSON report</summary>
        <dl class="values">
          {fields.map(({ name }) => (
            <Value key={name} id={name} name={name} value={record[name]} />
          ))}
        </dl>
      </details>
    </>
  );
}

function Value({ id, name, value }: { id: string; name: string; value: FieldValue }): JSX.Element {
  return (
    <div>
      <dt data-c={id}>{name}</dt>
      <dd>{valueText(value, DIGITS)}</dd>
    </div>
  );
}
