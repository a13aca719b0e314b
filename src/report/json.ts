import { finiteReport } from "../analysis/finite.js";
import type { LayerRecord, Report } from "../analysis/report.js";
import { columnsIn } from "./columns.js";
import { jsonText } from "./json-text.js";

/**
 * The report as JSON (schema/report.schema.json), indented, with a final newline. The fields of a layer are in the
 * order of the CSV. A number that is not finite becomes null, and a note in its layer says so.
 */
export function renderJson(report: Report): string {
  const finite = finiteReport(report);
  return jsonText({ ...finite, layers: finite.layers.map(inOrder) }, 2);
}

/** The record with its fields in the order of the columns. */
function inOrder(layer: LayerRecord): LayerRecord {
  return { ...Object.fromEntries(columnsIn([layer]).map(({ name }) => [name, layer[name]])), ...layer };
}
