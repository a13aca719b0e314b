import type { Report } from "../analysis/report.js";
import { finiteReport } from "./finite.js";
import { jsonText } from "./json-text.js";

/** The report as JSON (schema/report.schema.json), indented, with a final newline. A number that is not finite becomes null and is noted in its layer. */
export function renderJson(report: Report): string {
  return jsonText(finiteReport(report), 2);
}
