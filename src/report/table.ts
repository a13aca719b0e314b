import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import { type Painter, painter } from "./paint-phase.js";
import { phaseLabelOf } from "./phase-style.js";
import { printableSentence } from "./printable-sentence.js";
import { COLUMNS, type Column, type ColumnName, warningOf } from "./table-columns.js";
import { cut, pad, shortenNames, textWidth, widest } from "./text-layout.js";

export interface TerminalLook {
  /** Width of a line in cells. */
  readonly width?: number;
  readonly color?: boolean;
}

/** A layout of the table: its columns, those in brief form, and the gap between columns. */
interface Layout {
  readonly columns: readonly ColumnName[];
  readonly brief: ReadonlySet<ColumnName>;
  readonly gap: number;
}

/**
 * A column is dropped only if names would have less than the first width, and made brief only if they would have less
 * than the second.
 */
const MIN_NAME_WIDTH = 12;
const COMFORTABLE_NAME_WIDTH = 32;

/** Steps that make room for the names, in this order: the least useful information goes first. */
const NARROWING_STEPS: readonly {
  readonly nameWidth: number;
  readonly change: (layout: Layout, layers: readonly LayerRecord[]) => Layout;
}[] = [
  {
    nameWidth: COMFORTABLE_NAME_WIDTH,
    change: (layout, layers) => (layers.some((layer) => warningOf(layer) !== "") ? layout : drop("warning")(layout)),
  },
  { nameWidth: COMFORTABLE_NAME_WIDTH, change: drop("confidence") },
  { nameWidth: COMFORTABLE_NAME_WIDTH, change: shorten("warning") },
  { nameWidth: COMFORTABLE_NAME_WIDTH, change: shorten("shape") },
  { nameWidth: COMFORTABLE_NAME_WIDTH, change: (layout) => ({ ...layout, gap: 1 }) },
  { nameWidth: MIN_NAME_WIDTH, change: drop("Q") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("stable") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("warning") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("soft") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("shape") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("spikes") },
  { nameWidth: MIN_NAME_WIDTH, change: drop("index") },
  { nameWidth: MIN_NAME_WIDTH, change: shorten("alpha") },
];

function drop(name: ColumnName): (layout: Layout) => Layout {
  return (layout) => ({ ...layout, columns: layout.columns.filter((column) => column !== name) });
}

function shorten(name: ColumnName): (layout: Layout) => Layout {
  return (layout) => ({ ...layout, brief: new Set([...layout.brief, name]) });
}

/** Whether the layer has no spectrum. Its row shows the reason instead. */
const isFailed = (layer: LayerRecord): boolean => phaseLabelOf(layer) === "failed";

/**
 * The layers as a table for a terminal, one line per layer, no line longer than `width`. If there is no room for names,
 * less important columns are dropped. A layer without a spectrum shows its reason instead of numbers. alpha is "n/a" if
 * a power law does not describe the tail.
 */
export function renderTable(layers: readonly LayerRecord[], { width = 80, color = false }: TerminalLook = {}): string {
  if (layers.length === 0) return "No layer was analysed.\n";
  const paint = painter(color);
  const layout = layoutFor(layers, width);
  const widths = layout.columns.map((name) => columnWidth(name, layers, layout));
  const nameRoom = roomForNames(widths, layout.gap, width);
  const names = shortenNames(
    layers.map(({ layer_id, name }) => ({ id: layer_id, name: printable(name) })),
    nameRoom,
  );
  const nameWidth = widest(["layer", ...names]);
  const gap = " ".repeat(layout.gap);

  const heading = [
    pad("layer", nameWidth, "left"),
    ...layout.columns.map((name, i) => pad(COLUMNS[name].heading, widths[i], COLUMNS[name].align)),
  ];
  const rows = layers.map((layer, row) => {
    const name = pad(names[row], nameWidth, "left");
    if (isFailed(layer)) return failedRow(layer, name, { layout, widths, width, paint });
    const cells = layout.columns.map((column, i) => {
      const definition: Column = COLUMNS[column];
      const text = cellText(column, layer, layout);
      const space = " ".repeat(widths[i] - textWidth(text));
      const painted = definition.paint === undefined || text === "" ? text : definition.paint(text, layer, paint);
      return definition.align === "left" ? painted + space : space + painted;
    });
    return [name, ...cells].join(gap).trimEnd();
  });
  return `${[paint.bold(heading.join(gap).trimEnd()), ...rows].join("\n")}\n`;
}

interface FailedRow {
  readonly layout: Layout;
  readonly widths: readonly number[];
  readonly width: number;
  readonly paint: Painter;
}

function failedRow(layer: LayerRecord, name: string, { layout, widths, width, paint }: FailedRow): string {
  const gap = " ".repeat(layout.gap);
  const shape =
    layout.columns[0] === "shape" ? `${gap}${pad(cellText("shape", layer, layout), widths[0], "left")}` : "";
  const start = `${name}${shape}${gap}`;
  const reason = `failed: ${printableSentence(layer.reason ?? "no reason was given")}`;
  return start + paint.red(cut(reason, width - textWidth(start)));
}

function layoutFor(layers: readonly LayerRecord[], width: number): Layout {
  const longest = Math.max("layer".length, ...layers.map(({ name }) => textWidth(printable(name))));
  let layout: Layout = { columns: Object.keys(COLUMNS) as ColumnName[], brief: new Set(), gap: 2 };
  for (const { nameWidth, change } of NARROWING_STEPS) {
    const widths = layout.columns.map((name) => columnWidth(name, layers, layout));
    if (roomForNames(widths, layout.gap, width) < Math.min(longest, nameWidth)) layout = change(layout, layers);
  }
  return layout;
}

function roomForNames(widths: readonly number[], gap: number, width: number): number {
  return width - widths.reduce((sum, column) => sum + column + gap, 0);
}

function columnWidth(name: ColumnName, layers: readonly LayerRecord[], layout: Layout): number {
  const read = name === "shape" ? layers : layers.filter((layer) => !isFailed(layer));
  return Math.max(COLUMNS[name].heading.length, ...read.map((layer) => textWidth(cellText(name, layer, layout))));
}

function cellText(name: ColumnName, layer: LayerRecord, { brief }: Layout): string {
  const column: Column = COLUMNS[name];
  return brief.has(name) && column.brief !== undefined ? column.brief(layer) : column.cell(layer);
}
