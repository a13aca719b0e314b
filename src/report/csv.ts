import type { LayerRecord } from "../analysis/report.js";
import { columnsIn } from "./columns.js";
import { finiteLayer } from "./finite.js";

/**
 * One row a layer, RFC 4180 with LF, UTF-8 without a byte-order mark. The header has exactly the names of the JSON's fields; a field that is a list or an object there
 * (shape, phase_evidence, notes) stands as JSON text. Optional columns follow where any layer has them. Numbers are written to round-trip, null is empty.
 *
 * Names are data and written as they are: one that begins with = + - or @ would be a formula to a spreadsheet, so it is quoted, but not
 * changed. Import such a file with the columns set to text.
 */
export function renderCsv(layers: readonly LayerRecord[]): string {
  const columns = columnsIn(layers);
  const header = columns.map(({ name }) => name).join(",");
  const rows = layers.map(finiteLayer).map((layer) => columns.map(({ name }) => field(layer[name])).join(","));
  return `${[header, ...rows].join("\n")}\n`;
}

function field(value: LayerRecord[keyof LayerRecord]): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return /[",\r\n]|^[=+\-@\t]|^\s|\s$/.test(value) ? quote(value) : value;
  return typeof value === "object" ? quote(JSON.stringify(value)) : String(value);
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
