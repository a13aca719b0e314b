import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../formats/errors.js";
import type { DefaultColumn } from "./columns.js";
import { NOT_AVAILABLE, numberText, plusMinus, shapeText } from "./number-text.js";
import { type Painter, painter, paintStanding, standingOf } from "./phase-style.js";
import { printableSentence } from "./printable-sentence.js";
import { cut, pad, shortenNames, textWidth, widest } from "./text-layout.js";

export interface TerminalLook {
  /** Cells of a line. */
  readonly width?: number;
  readonly color?: boolean;
}

interface Column {
  readonly heading: string;
  /** The field of the report that it shows. */
  readonly field: DefaultColumn;
  readonly align: "left" | "right";
  /** The cell as it stands where there is room, and where there is little. */
  readonly cell: (layer: LayerRecord) => string;
  readonly brief?: (layer: LayerRecord) => string;
  readonly paint?: (text: string, layer: LayerRecord, paint: Painter) => string;
}

const COLUMNS = {
  shape: {
    heading: "shape",
    field: "shape",
    align: "left",
    cell: ({ layer_type, shape }) => `${layer_type.startsWith("conv") ? "conv " : ""}${shapeText(shape)}`,
    brief: ({ shape }) => shapeText(shape),
  },
  Q: { heading: "Q", field: "Q", align: "right", cell: ({ Q }) => numberText(Q) },
  alpha: {
    heading: "alpha",
    field: "alpha",
    align: "right",
    cell: ({ alpha, alpha_valid, sigma }) => (alpha_valid && alpha !== null ? plusMinus(alpha, sigma) : NOT_AVAILABLE),
    brief: ({ alpha, alpha_valid }) => (alpha_valid ? numberText(alpha) : NOT_AVAILABLE),
    paint: (text, { alpha_valid }, paint) => (alpha_valid ? text : paint.dim(text)),
  },
  index: {
    heading: "index",
    field: "tail_index",
    align: "right",
    cell: ({ tail_index }) => (tail_index === null ? NOT_AVAILABLE : tail_index.toFixed(2).replace("-0.00", "0.00")),
  },
  spikes: { heading: "spikes", field: "spikes", align: "right", cell: ({ spikes }) => (spikes === null ? NOT_AVAILABLE : String(spikes)) },
  soft: {
    heading: "soft",
    field: "mp_soft_rank",
    align: "right",
    cell: ({ mp_soft_rank }) => (mp_soft_rank === null ? NOT_AVAILABLE : mp_soft_rank.toFixed(2)),
  },
  stable: { heading: "stable", field: "stable_rank", align: "right", cell: ({ stable_rank }) => numberText(stable_rank) },
  phase: {
    heading: "phase",
    field: "phase",
    align: "left",
    cell: standingOf,
    paint: (text, layer, paint) => paintStanding(text, standingOf(layer), paint),
  },
  confidence: {
    heading: "sure",
    field: "phase_confidence",
    align: "right",
    cell: ({ phase, phase_confidence }) => (phase === null || phase_confidence === null ? "" : `${Math.round(100 * phase_confidence)}%`),
  },
  warning: {
    heading: "warning",
    field: "warning",
    align: "left",
    cell: warningOf,
    brief: (layer) => warningOf(layer).replace("-trained", ""),
    paint: (text, _layer, paint) => paint.yellow(text),
  },
} as const satisfies Record<string, Column>;

type ColumnName = keyof typeof COLUMNS;

/** The headings of the table and the fields that they show. */
export const TABLE_HEADINGS: readonly { readonly heading: string; readonly field: DefaultColumn }[] = Object.values(COLUMNS);

/** WeightWatcher's label, only where the alpha it was read off means something. */
function warningOf({ warning, alpha_valid }: LayerRecord): string {
  return alpha_valid ? printable(warning) : "";
}

/** A layout under way: which columns, which of them in their brief form, how far apart. */
interface Layout {
  readonly columns: readonly ColumnName[];
  readonly brief: ReadonlySet<ColumnName>;
  readonly gap: number;
}

/** Names get at least this before a column is dropped, and this before a column is made brief. */
const LEAST_NAME = 12;
const GOOD_NAME = 32;

/** What is given up for the names, in this order; what stands first costs the reader least. */
const CONCESSIONS: readonly { readonly until: number; readonly change: (layout: Layout, layers: readonly LayerRecord[]) => Layout }[] = [
  { until: GOOD_NAME, change: (layout, layers) => (layers.some((layer) => warningOf(layer) !== "") ? layout : drop("warning")(layout)) },
  { until: GOOD_NAME, change: drop("confidence") },
  { until: GOOD_NAME, change: shorten("warning") },
  { until: GOOD_NAME, change: shorten("shape") },
  { until: GOOD_NAME, change: (layout) => ({ ...layout, gap: 1 }) },
  { until: LEAST_NAME, change: drop("Q") },
  { until: LEAST_NAME, change: drop("stable") },
  { until: LEAST_NAME, change: drop("warning") },
  { until: LEAST_NAME, change: drop("soft") },
  { until: LEAST_NAME, change: drop("shape") },
  { until: LEAST_NAME, change: drop("spikes") },
  { until: LEAST_NAME, change: drop("index") },
  { until: LEAST_NAME, change: shorten("alpha") },
];

function drop(name: ColumnName): (layout: Layout) => Layout {
  return (layout) => ({ ...layout, columns: layout.columns.filter((column) => column !== name) });
}

function shorten(name: ColumnName): (layout: Layout) => Layout {
  return (layout) => ({ ...layout, brief: new Set([...layout.brief, name]) });
}

/** A layer without a spectrum: its row says why instead. */
const isFailed = (layer: LayerRecord): boolean => standingOf(layer) === "failed";

/**
 * The layers as a table for a terminal, one line each, no line longer than `width`. Less important columns go where
 * there is no room for names; a layer without a spectrum shows its reason in their place. alpha is "n/a" wherever a
 * power law does not describe the tail.
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
  const shape = layout.columns[0] === "shape" ? `${gap}${pad(cellText("shape", layer, layout), widths[0], "left")}` : "";
  const start = `${name}${shape}${gap}`;
  const reason = `failed: ${printableSentence(layer.reason ?? "no reason was given")}`;
  return start + paint.red(cut(reason, width - textWidth(start)));
}

function layoutFor(layers: readonly LayerRecord[], width: number): Layout {
  const longest = Math.max("layer".length, ...layers.map(({ name }) => textWidth(printable(name))));
  let layout: Layout = { columns: Object.keys(COLUMNS) as ColumnName[], brief: new Set(), gap: 2 };
  for (const { until, change } of CONCESSIONS) {
    const widths = layout.columns.map((name) => columnWidth(name, layers, layout));
    if (roomForNames(widths, layout.gap, width) < Math.min(longest, until)) layout = change(layout, layers);
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
