import type { OptionalColumns } from "../analysis/optional-columns.js";
import type { ExtraName } from "../analysis/options.js";
import type { LayerRecord } from "../analysis/report.js";
import { BULK } from "./columns/bulk.js";
import { type Column, columnsOf, type Definition, type ValueSchema } from "./columns/column.js";
import { HEADS } from "./columns/heads.js";
import { IDENTITY, NAME } from "./columns/identity.js";
import { LOCALISATION } from "./columns/localisation.js";
import { RANDOMISATION } from "./columns/randomisation.js";
import { SPECTRUM } from "./columns/spectrum.js";
import { ALPHA, TAIL } from "./columns/tail.js";
import { BOOTSTRAP, FARMS, TAIL_LAWS_COLUMNS } from "./columns/tail-laws.js";
import { VERDICT } from "./columns/verdict.js";
import { WEIGHTWATCHER_COLUMNS } from "./columns/weightwatcher.js";

export { EVIDENCE_COLUMNS } from "./columns/evidence.js";
export type { Column, Definition, ValueSchema };

/** The fields that every layer has. */
export type DefaultColumn = Exclude<keyof LayerRecord, keyof OptionalColumns>;

/**
 * Every field of a layer in the order of the CSV. Columns are defined only here. `npm run docs:columns` writes the JSON
 * schema and the lists of NOTATION.md from the definitions (a test compares them), and the page shows them as tooltips
 * of the headings.
 */
export const LAYER_COLUMNS: readonly Column<DefaultColumn>[] = columnsOf<DefaultColumn>({
  ...NAME,
  ...ALPHA,
  ...IDENTITY,
  ...TAIL,
  ...SPECTRUM,
  ...BULK,
  ...VERDICT,
});

/** The default columns by what they describe, for documents that list them. */
export const COLUMN_GROUPS: Readonly<Record<string, readonly Column[]>> = {
  "the layer": columnsOf({ ...NAME, ...IDENTITY }),
  "the tail": columnsOf({ ...ALPHA, ...TAIL }),
  "the spectrum": columnsOf(SPECTRUM),
  "bulk and edge": columnsOf(BULK),
  "phase, verdict and numerics": columnsOf(VERDICT),
};

/** The columns of each optional measurement, in the order of the CSV. A missing measurement is a compile error. */
const EXTRA_COLUMNS: Readonly<Record<ExtraName, readonly Column<keyof OptionalColumns>[]>> = {
  weightwatcher: WEIGHTWATCHER_COLUMNS,
  randomize: RANDOMISATION,
  vectors: LOCALISATION,
  tails: TAIL_LAWS_COLUMNS,
  bootstrap: BOOTSTRAP,
  farms: FARMS,
  heads: HEADS,
};

/** The options of the command line that add columns, each with its columns. */
export const COLUMNS_BY_OPTION = Object.entries(EXTRA_COLUMNS).map(([name, columns]) => ({
  option: `--${name}`,
  columns,
}));

/** The fields that a layer has only if an option asks for them. They follow the others. */
export const OPTIONAL_COLUMNS: readonly Column<keyof OptionalColumns>[] = COLUMNS_BY_OPTION.flatMap(
  ({ columns }) => columns,
);

/** The columns of these layers: all default columns, and each optional column that at least one of them has. */
export function columnsIn(layers: readonly LayerRecord[]): readonly Column<keyof LayerRecord>[] {
  return [
    ...LAYER_COLUMNS,
    ...OPTIONAL_COLUMNS.filter(({ name }) => layers.some((layer) => layer[name] !== undefined)),
  ];
}

const DEFINITIONS = new Map<string, Definition>(
  [...LAYER_COLUMNS, ...OPTIONAL_COLUMNS].map((column) => [column.name, column]),
);

/** The definition of a column of the report, in one sentence. */
export function definitionOf(column: keyof LayerRecord): string {
  return (DEFINITIONS.get(column) as Definition).definition;
}

/** Definition, formula, range, unit and source of a column in a few sentences: the tooltip of its heading. */
export function explanationOf({ definition, formula, range, unit, source }: Definition): string {
  const parts = [
    definition,
    formula && `Formula: ${formula}.`,
    `Range: ${range}.`,
    unit && `Unit: ${unit}.`,
    `Source: ${source}.`,
  ];
  return parts.filter(Boolean).join(" ");
}

/** `explanationOf` by the column's name. */
export function explanationOfColumn(column: keyof LayerRecord): string {
  return explanationOf(DEFINITIONS.get(column) as Definition);
}
