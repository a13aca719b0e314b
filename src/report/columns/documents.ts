import { COLUMN_GROUPS, COLUMNS_BY_OPTION, EVIDENCE_COLUMNS, LAYER_COLUMNS, OPTIONAL_COLUMNS } from "../columns.js";
import type { Column, ValueSchema } from "./column.js";
import { COMPARISON_COLUMNS } from "./comparison.js";
import { type ObjectSchema, objectSchema, schemaOfColumn } from "./json-schema.js";

/** A JSON schema document, as far as columns appear in it. */
interface SchemaDocument {
  readonly definitions: Readonly<Record<string, ObjectSchema>>;
}

/**
 * schema/report.schema.json with the fields of a layer and of its `phase_evidence` as the columns define them; the rest
 * as given.
 */
export function reportSchema<Document extends SchemaDocument>(document: Document): Document {
  const { layer, evidence } = document.definitions;
  return {
    ...document,
    definitions: {
      ...document.definitions,
      layer: { ...layer, ...objectSchema(LAYER_COLUMNS, OPTIONAL_COLUMNS) },
      evidence: { ...evidence, ...objectSchema(EVIDENCE_COLUMNS) },
    },
  };
}

/** schema/compare.schema.json with the columns that only a comparison has as they are defined; the rest as given. */
export function compareSchema<Document extends SchemaDocument>(document: Document): Document {
  const { layer } = document.definitions;
  const columns: Record<string, ValueSchema> = Object.fromEntries(
    COMPARISON_COLUMNS.map((column) => [column.name, schemaOfColumn(column)]),
  );
  return {
    ...document,
    definitions: { ...document.definitions, layer: { ...layer, properties: { ...layer.properties, ...columns } } },
  };
}

/**
 * NOTATION.md with its lists of column names as the columns are defined: what is between each pair of markers is
 * replaced. Throws `Error` if a pair is missing.
 */
export function notation(text: string): string {
  const groups = Object.entries(COLUMN_GROUPS);
  const lists = {
    weightwatcher: groups.map(([title, columns]) => item(title, columns.filter(isWeightWatchers))),
    own: groups.map(([title, columns]) =>
      item(
        title,
        columns.filter((column) => !isWeightWatchers(column)),
      ),
    ),
    optional: [
      ...COLUMNS_BY_OPTION.map(({ option, columns }) => item(`\`${option}\``, columns)),
      item("`compare`", COMPARISON_COLUMNS),
    ],
  };
  return Object.entries(lists).reduce((whole, [list, items]) => between(whole, list, items.join("")), text);
}

function isWeightWatchers({ weightwatcher }: Column): boolean {
  return weightwatcher === true;
}

function item(title: string, columns: readonly Column[]): string {
  return columns.length === 0 ? "" : wrapped(`- ${title}: ${columns.map(({ name }) => `\`${name}\``).join(", ")}`);
}

/** Lines of prose have at most this many characters. */
const MAX_LINE = 120;

/** An item of a list in lines of at most `MAX_LINE` characters. */
function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= MAX_LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return `${lines.join("\n")}\n`;
}

/** `text` with what is between the markers of `list` replaced. */
function between(text: string, list: string, content: string): string {
  const begin = `<!-- columns ${list}: npm run docs:columns writes these lines -->\n`;
  const end = "<!-- end of columns -->\n";
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`NOTATION.md has no pair of markers ${begin.trim()} and ${end.trim()}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
