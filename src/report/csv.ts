import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../formats/errors.js";
import { columnsIn } from "./columns.js";
import { finiteLayer } from "./finite.js";

/**
 * One row a layer, RFC 4180 with LF, UTF-8 without a byte-order mark. The header has exactly the names of the JSON's
 * fields; a field that is a list or an object there (shape, phase_evidence, notes) stands as JSON text. Optional
 * columns follow where any layer has them. Numbers are written to round-trip, null is empty.
 *
 * Names are data and written as they are: one that begins with = + - or @ would be a formula to a spreadsheet, so it is
 * quoted, but not changed. Import such a file with the columns set to text. For a terminal, which obeys control
 * characters, they are replaced (`printable`).
 */
export function renderCsv(layers: readonly LayerRecord[], { terminal = false }: { readonly terminal?: boolean } = {}): string {
  const columns = columnsIn(layers);
  const header = columns.map(({ name }) => name).join(",");
  const rows = layers.map(finiteLayer).map((layer) => columns.map(({ name }) => field(layer[name], terminal)).join(","));
  return `${[header, ...rows].join("\n")}\n`;
}

function field(value: LayerRecord[keyof LayerRecord], terminal: boolean): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") {
    const text = terminal ? withoutControls(value) : value;
    return /[",\r\n]|^[=+\-@\t]|^\s|\s$/.test(text) ? quote(text) : text;
  }
  if (typeof value !== "object") return String(value);
  const text = JSON.stringify(value);
  return quote(terminal ? withoutControls(text) : text);
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** As `printable`, of any length: character by character nothing is cut. */
function withoutControls(text: string): string {
  return Array.from(text, printable).join("");
}
