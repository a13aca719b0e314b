import { finiteLayer, finiteSummary } from "../analysis/finite.js";
import type { LayerRecord, Report } from "../analysis/report.js";
import { columnsIn } from "./columns.js";
import { jsonText } from "./json-text.js";

/**
 * The report as JSON (schema/report.schema.json), indented, with a final newline. The fields of a layer are in the
 * order of the CSV. A number that is not finite becomes null, and a note in its layer says so. Throws `RangeError` if
 * the text is longer than a string may be: above 60,000 layers, take `jsonPieces`.
 */
export function renderJson(report: Report): string {
  return [...jsonPieces(report)].join("");
}

/** The text of `renderJson` in pieces of about a megabyte, each made when it is asked for. */
export function* jsonPieces(report: Report): Generator<string, void, undefined> {
  let piece = "";
  for (const part of jsonParts(report)) {
    piece += part;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

const PIECE_LENGTH = 2 ** 20;

/** The fields of the report, of lists item by item. */
function* jsonParts(report: Report): Generator<string, void, undefined> {
  let before = "{";
  for (const [key, value] of Object.entries({ ...report, summary: finiteSummary(report.summary) })) {
    if (value === undefined) continue;
    yield `${before}\n  "${key}": `;
    before = ",";
    if (key === "layers") yield* listParts(report.layers, (layer) => inOrder(finiteLayer(layer)));
    else if (Array.isArray(value)) yield* listParts(value);
    else yield indented(value, "  ");
  }
  yield "\n}\n";
}

function* listParts<Item>(
  items: readonly Item[],
  shown: (item: Item) => unknown = (item) => item,
): Generator<string, void, undefined> {
  let before = "[";
  for (const item of items) {
    yield `${before}\n    ${indented(shown(item), "    ")}`;
    before = ",";
  }
  yield items.length === 0 ? "[]" : "\n  ]";
}

/** A value as JSON; its lines after the first begin with `indent`. Texts in it have no line ends. */
function indented(value: unknown, indent: string): string {
  return jsonText(value, 2).trimEnd().replaceAll("\n", `\n${indent}`);
}

/** The record with its fields in the order of the columns. */
function inOrder(layer: LayerRecord): LayerRecord {
  return { ...Object.fromEntries(columnsIn([layer]).map(({ name }) => [name, layer[name]])), ...layer };
}
