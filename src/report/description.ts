import type { Description, PlannedLayer } from "../analysis/describe.js";
import { printable } from "../bytes/errors.js";
import { ORDER_WORDS } from "../layers/index.js";
import type { DefaultColumn } from "./columns.js";
import { bytesText, numberText, plural, shapeText } from "./number-text.js";
import { type Painter, painter } from "./paint-phase.js";
import { printableSentence } from "./printable-sentence.js";
import { reasonLines } from "./skipped-reasons.js";
import type { TerminalLook } from "./table.js";
import { pad, shortenNames, widest, wrap } from "./text-layout.js";

interface Column {
  readonly heading: string;
  /** The field of the report that the column shows. */
  readonly field: DefaultColumn;
  readonly align: "left" | "right";
  readonly cell: (layer: PlannedLayer) => string;
  /** If the table is too wide, columns are dropped in this order, lowest first. Undefined: never dropped. */
  readonly dropOrder?: number;
}

const COLUMNS: readonly Column[] = [
  { heading: "type", field: "layer_type", align: "left", cell: ({ layer_type }) => layer_type },
  { heading: "shape", field: "shape", align: "left", cell: ({ shape }) => shapeText(shape) },
  { heading: "dtype", field: "dtype", align: "left", cell: ({ dtype }) => printable(dtype), dropOrder: 2 },
  { heading: "N", field: "N", align: "right", cell: ({ N }) => String(N), dropOrder: 4 },
  { heading: "M", field: "M", align: "right", cell: ({ M }) => String(M), dropOrder: 3 },
  { heading: "Q", field: "Q", align: "right", cell: ({ Q }) => numberText(Q), dropOrder: 1 },
  { heading: "rf", field: "rf", align: "right", cell: ({ rf }) => String(rf), dropOrder: 0 },
  { heading: "evals", field: "num_evals", align: "right", cell: ({ num_evals }) => String(num_evals) },
];

/** The headings of the table and the fields they show. */
export const DESCRIPTION_HEADINGS: readonly { readonly heading: string; readonly field: DefaultColumn }[] = COLUMNS;

const MIN_NAME_WIDTH = 16;

/**
 * What a weight file holds: its layers as a table, then every skipped tensor under its reason. No line is longer than
 * `width`.
 */
export function renderDescription(description: Description, { width = 80, color = false }: TerminalLook = {}): string {
  const paint = painter(color);
  const { input, tensors, parameters, layers } = description;
  const bytes = input.files.reduce((sum, file) => sum + file.byteLength, 0);
  const merged = input.base === undefined ? "" : `, merged onto ${printable(input.base.label)} (${input.base.format})`;
  const title =
    `${printable(input.label)}: ${input.format}, ${plural(input.files.length, "file")} of ${bytesText(bytes)}, ` +
    `${plural(tensors, "tensor")}, ${plural(parameters, "value")}${merged}`;
  const parts = [
    wrap(title, width, { rest: "  " }),
    input.warnings.flatMap((warning) => wrap(`Warning: ${printableSentence(warning)}`, width, { rest: "  " })),
    ["", ...headingLines(description, width).map(paint.bold)],
    layers.length === 0 ? [] : layerTable(layers, width, paint),
    skippedLines(description, width, paint),
  ];
  return `${parts.flat().join("\n")}\n`;
}

function headingLines({ layers, input }: Description, width: number): string[] {
  if (layers.length === 0) return ["No layer to analyse."];
  return wrap(`${plural(layers.length, "layer")} to analyse, in the order of ${ORDER_WORDS[input.order]}`, width);
}

function layerTable(layers: readonly PlannedLayer[], width: number, paint: Painter): string[] {
  const longest = widest(layers.map(({ name }) => printable(name)));
  const widths = new Map(COLUMNS.map((column) => [column, widest([column.heading, ...layers.map(column.cell)])]));
  const widthOf = (column: Column): number => widths.get(column) as number;
  const room = (columns: readonly Column[]): number =>
    width - columns.reduce((sum, column) => sum + widthOf(column) + 2, 0);
  let columns = COLUMNS;
  for (let step = 0; step <= 4 && room(columns) < Math.min(longest, MIN_NAME_WIDTH); step++) {
    columns = columns.filter(({ dropOrder }) => dropOrder !== step);
  }
  const names = shortenNames(
    layers.map(({ layer_id, name }) => ({ id: layer_id, name: printable(name) })),
    room(columns),
  );
  const nameWidth = widest(["layer", ...names]);
  const line = (name: string, cells: readonly string[]): string =>
    [pad(name, nameWidth, "left"), ...cells.map((text, i) => pad(text, widthOf(columns[i]), columns[i].align))]
      .join("  ")
      .trimEnd();
  const heading = line(
    "layer",
    columns.map((column) => column.heading),
  );
  return [
    paint.bold(heading),
    ...layers.map((layer, i) =>
      line(
        names[i],
        columns.map(({ cell }) => cell(layer)),
      ),
    ),
  ];
}

function skippedLines({ skipped }: Description, width: number, paint: Painter): string[] {
  if (skipped.length === 0) return [];
  return ["", paint.bold(`${plural(skipped.length, "tensor")} skipped`), ...reasonLines(skipped, { width })];
}
