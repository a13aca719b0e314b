import type { LayerGroup } from "../analysis/groups/layer-group.js";
import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import { groupText } from "./group-text.js";
import { type Painter, painter } from "./paint-phase.js";
import { phaseLabelOf } from "./phase-style.js";
import { printableSentence } from "./printable-sentence.js";
import { COLUMNS, type Column, type ColumnName, warningOf } from "./table-columns.js";
import { tableEntries } from "./table-entries.js";
import { cut, pad, shortenNames, textWidth, widest } from "./text-layout.js";

export interface TerminalLook {
  /** Width of a line in cells. */
  readonly width?: number;
  readonly color?: boolean;
}

/** How the table of layers looks. */
export interface TableLook extends TerminalLook {
  /** Each of these groups has one row, in the place of its first layer, and its layers have none. Default: none. */
  readonly groups?: readonly LayerGroup[] | undefined;
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
export function renderTable(
  all: readonly LayerRecord[],
  { width = 80, color = false, groups = [] }: TableLook = {},
): string {
  if (all.length === 0) return "No layer was analysed.\n";
  const paint = painter(color);
  const entries = tableEntries(all, groups);
  const layers = entries.map(({ layer }) => layer);
  const texts = cellTexts(layers);
  const layout = layoutFor(layers, texts, width);
  const widths = widthsOf(layout, texts);
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
  const columns = layout.columns.map((column): Column => COLUMNS[column]);
  const cellsOf = layout.columns.map((column) => texts(column, layout).cells);
  const rows = layers.map((layer, row) => {
    const name = pad(names[row], nameWidth, "left");
    const { group } = entries[row];
    if (group !== undefined) {
      const start = `${name}${gap}`;
      return start + cut(groupText(group), width - textWidth(start));
    }
    if (isFailed(layer)) {
      const shape = layout.columns[0] === "shape" ? cellsOf[0][row] : undefined;
      return failedRow(layer, { start: name, shape }, { layout, widths, width, paint });
    }
    const cells = columns.map((definition, i) => {
      const text = cellsOf[i][row];
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

function failedRow(
  layer: LayerRecord,
  { start: name, shape: text }: { readonly start: string; readonly shape: string | undefined },
  { layout, widths, width, paint }: FailedRow,
): string {
  const gap = " ".repeat(layout.gap);
  const shape = text === undefined ? "" : `${gap}${pad(text, widths[0], "left")}`;
  const start = `${name}${shape}${gap}`;
  const reason = `failed: ${printableSentence(layer.reason ?? "no reason was given")}`;
  return start + paint.red(cut(reason, width - textWidth(start)));
}

function layoutFor(layers: readonly LayerRecord[], texts: CellTexts, width: number): Layout {
  const longest = widest(["layer", ...layers.map(({ name }) => printable(name))]);
  let layout: Layout = { columns: Object.keys(COLUMNS) as ColumnName[], brief: new Set(), gap: 2 };
  for (const { nameWidth, change } of NARROWING_STEPS) {
    if (roomForNames(widthsOf(layout, texts), layout.gap, width) < Math.min(longest, nameWidth))
      layout = change(layout, layers);
  }
  return layout;
}

function roomForNames(widths: readonly number[], gap: number, width: number): number {
  return width - widths.reduce((sum, column) => sum + column + gap, 0);
}

/** The cells of a column, one per layer, and the width that the column needs. */
interface ColumnTexts {
  readonly cells: readonly string[];
  readonly width: number;
}

/** The texts of a column in a layout. */
type CellTexts = (name: ColumnName, layout: Pick<Layout, "brief">) => ColumnTexts;

/** Makes the texts of each form of a column once: a layout asks for their widths at every step. */
function cellTexts(layers: readonly LayerRecord[]): CellTexts {
  const failed = layers.map(isFailed);
  const made = new Map<string, ColumnTexts>();
  return (name, { brief }) => {
    const column: Column = COLUMNS[name];
    const cell = (brief.has(name) ? column.brief : undefined) ?? column.cell;
    const key = `${name} ${cell === column.cell}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    // A failed layer has a shape, and its reason instead of the other columns.
    const cells = layers.map((layer, row) => (failed[row] && name !== "shape" ? "" : cell(layer)));
    const texts = { cells, width: Math.max(column.heading.length, widest(cells)) };
    made.set(key, texts);
    return texts;
  };
}

function widthsOf(layout: Layout, texts: CellTexts): number[] {
  return layout.columns.map((name) => texts(name, layout).width);
}
