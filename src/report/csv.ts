import { finiteLayer } from "../analysis/finite.js";
import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import { columnsIn } from "./columns.js";

/**
 * One row per layer, RFC 4180 with LF, UTF-8 without a byte-order mark. The header has exactly the names of the JSON's
 * fields. Lists and objects (shape, phase_evidence, notes) are written as JSON text. Optional columns follow if any
 * layer has them. Numbers round-trip; null is empty.
 *
 * Names are data and written unchanged. A name that begins with = + - or @ would be a formula in a spreadsheet; it is
 * quoted but not changed. Import such a file with the columns set to text. With `terminal`, control characters are
 * replaced (`printable`), because a terminal obeys them.
 */
export function renderCsv(
  layers: readonly LayerRecord[],
  { terminal = false }: { readonly terminal?: boolean } = {},
): string {
  const columns = columnsIn(layers);
  const header = columns.map(({ name }) => name).join(",");
  const rows = layers
    .map(finiteLayer)
    .map((layer) => columns.map(({ name }) => csvField(layer[name], terminal)).join(","));
  return `${[header, ...rows].join("\n")}\n`;
}

/** One cell. Lists and objects become JSON text. With `terminal`, control characters are replaced. */
export function csvField(value: LayerRecord[keyof LayerRecord], terminal: boolean): string {
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

/** `printable` without its limit on the length: applied to single characters, it cuts nothing. */
function withoutControls(text: string): string {
  return Array.from(text, printable).join("");
}
