import type { ColumnChange, Comparison, LayerComparison } from "../analysis/compare/comparison.js";
import { finiteLayer } from "../analysis/finite.js";
import { printable } from "../bytes/errors.js";
import { jsonText } from "./json-text.js";
import { NOT_AVAILABLE, numberText, plural, shapeText } from "./number-text.js";
import { type Painter, painter, paintPhase } from "./paint-phase.js";
import { printableSentence } from "./printable-sentence.js";
import type { TerminalLook } from "./table.js";
import { cut, pad, shortenNames, textWidth, wrap } from "./text-layout.js";

interface Column {
  readonly heading: string;
  /** The field of a layer, or of a comparison, that the column shows. */
  readonly field: string;
  readonly align: "left" | "right";
  readonly cell: (layer: LayerComparison) => string;
  readonly paint?: (text: string, layer: LayerComparison, paint: Painter) => string;
  /** If the table is too wide, columns are dropped in this order, lowest first. Undefined: never dropped. */
  readonly dropOrder?: number;
}

const COLUMNS: readonly Column[] = [
  { heading: "kind", field: "kind", align: "left", cell: ({ kind }) => kind ?? "" },
  {
    heading: "moved",
    field: "relative_change",
    align: "right",
    cell: ({ relative_change }) => percentText(relative_change),
  },
  {
    heading: "cka",
    field: "cka_centred",
    align: "right",
    cell: ({ cka_centred }) => decimals(cka_centred, 3),
    dropOrder: 1,
  },
  { heading: "lost", field: "spikes_lost", align: "right", cell: lostText, dropOrder: 4 },
  { heading: "alpha", field: "alpha", align: "left", cell: ({ columns }) => alphaText(columns.alpha), dropOrder: 2 },
  {
    heading: "soft",
    field: "mp_soft_rank",
    align: "left",
    cell: ({ columns }) => fromTo(columns.mp_soft_rank, (value) => value.toFixed(2)),
    dropOrder: 0,
  },
  {
    heading: "phase",
    field: "phase",
    align: "left",
    cell: ({ phase_a, phase_b }) =>
      phase_a === phase_b ? (phase_a ?? "undecided") : `${phase_a ?? "undecided"} -> ${phase_b ?? "undecided"}`,
    paint: (text, { phase_b }, paint) => paintPhase(text, phase_b ?? "undecided", paint),
  },
  {
    heading: "change",
    field: "difference",
    align: "left",
    cell: ({ difference }) => (difference === null ? "" : (difference.phase ?? "undecided")),
    paint: (text, { difference }, paint) =>
      text === "" ? "" : paintPhase(text, difference?.phase ?? "undecided", paint),
    dropOrder: 3,
  },
  { heading: "rank", field: "dw_rank", align: "right", cell: rankText, dropOrder: 5 },
];
/** The headings of the table and the fields they show. */
export const COMPARISON_HEADINGS: readonly { readonly heading: string; readonly field: string }[] = COLUMNS;
/** Columns are dropped until names have at least this many cells. */
const MIN_NAME_WIDTH = 16;
const MAX_DROP_ORDER = 5;

/**
 * The headline: what kind of change it was, and what is stored differently. Then two models side by side, one line per
 * layer: the kind of its change, how far it moved relative to W_A, its alignment, how many of A's spikes are lost, and
 * alpha, soft rank and phase from A to B. The last columns are phase and rank of W_B - W_A. Then a summary and every
 * layer without a partner. No line is longer than `width`.
 */
export function renderComparison(comparison: Comparison, { width = 80, color = false }: TerminalLook = {}): string {
  const paint = painter(color);
  const { layers } = comparison;
  const table = tableLines(layers, width, paint);
  const { headline, stored_types } = comparison.summary;
  const head = [headline, stored_types ?? ""].flatMap((sentence) =>
    sentence === "" ? [] : wrap(printableSentence(sentence), width, { rest: "  " }),
  );
  const lines = [...head.map(paint.bold), "", ...table, "", ...summaryLines(comparison, width, paint)];
  return `${lines.join("\n")}\n`;
}

/** The comparison as JSON (schema/compare.schema.json), indented, with a final newline. */
export function renderComparisonJson(comparison: Comparison): string {
  const layers = comparison.layers.map((layer) => ({
    ...layer,
    difference: layer.difference === null ? null : finiteLayer(layer.difference),
  }));
  return jsonText({ ...comparison, layers }, 2);
}

function tableLines(layers: readonly LayerComparison[], width: number, paint: Painter): string[] {
  const widthOf = ({ heading, cell }: Column): number =>
    Math.max(heading.length, ...layers.map((layer) => textWidth(cell(layer))));
  const room = (columns: readonly Column[]): number =>
    width - columns.reduce((sum, column) => sum + widthOf(column) + 2, 0);
  const longest = Math.max("layer".length, ...layers.map(({ name }) => textWidth(printable(name))));
  let columns = COLUMNS;
  for (let step = 0; step <= MAX_DROP_ORDER && room(columns) < Math.min(longest, MIN_NAME_WIDTH); step++) {
    columns = columns.filter(({ dropOrder }) => dropOrder !== step);
  }
  const names = shortenNames(
    layers.map(({ name }, id) => ({ id, name: printable(name) })),
    Math.max("layer".length, room(columns)),
  );
  const nameWidth = Math.max("layer".length, ...names.map(textWidth));
  const heading = [
    pad("layer", nameWidth, "left"),
    ...columns.map((column) => pad(column.heading, widthOf(column), column.align)),
  ];
  const rows = layers.map((layer, row) => {
    const start = pad(names[row], nameWidth, "left");
    if (layer.status === "unchanged") return `${start}  ${paint.dim("unchanged")}`;
    if (layer.status === "failed")
      return `${start}  ${paint.red(cut(`failed: ${printableSentence(layer.reason ?? "")}`, width - nameWidth - 2))}`;
    const cells = columns.map((column) => {
      const text = column.cell(layer);
      const space = " ".repeat(widthOf(column) - textWidth(text));
      const painted = column.paint?.(text, layer, paint) ?? text;
      return column.align === "left" ? painted + space : space + painted;
    });
    return [start, ...cells].join("  ").trimEnd();
  });
  return [paint.bold(heading.join("  ").trimEnd()), ...rows];
}

function summaryLines(
  { summary, only_in_a, only_in_b, mismatched, assumed, warnings, layers }: Comparison,
  width: number,
  paint: Painter,
): string[] {
  const { compared, unchanged, failed, relative_change, transitions } = summary;
  const say = (sentence: string): string[] => wrap(sentence, width, { rest: "  " });
  const moved = transitions.filter(({ from, to }) => from !== to);
  const notes = new Map<string, number>();
  for (const note of layers.flatMap((layer) => layer.notes)) notes.set(note, (notes.get(note) ?? 0) + 1);
  return [
    ...say(
      `${plural(compared, "layer")} compared, ${unchanged} unchanged, ${failed} failed; all together moved ` +
        `by ${percentText(relative_change)} of their norm.`,
    ),
    ...moved.flatMap(({ from, to, layers: count }) =>
      say(`${plural(count, "layer")} went from ${from ?? "undecided"} to ${to ?? "undecided"}.`),
    ),
    ...assumed.flatMap((sentence) => say(`Assumed: ${printableSentence(sentence)}.`)),
    ...only_in_a.flatMap(({ name, shape, reason }) =>
      say(`Only in A: ${printable(name)} (${shapeText(shape)}): ${printableSentence(reason)}.`),
    ),
    ...only_in_b.flatMap(({ name, shape, reason }) =>
      say(`Only in B: ${printable(name)} (${shapeText(shape)}): ${printableSentence(reason)}.`),
    ),
    ...mismatched.flatMap(({ name, shape_a, shape_b }) =>
      say(`Different shapes: ${printable(name)} is ${shapeText(shape_a)} in A and ${shapeText(shape_b)} in B.`),
    ),
    ...[...notes].flatMap(([note, count]) => say(`Note on ${plural(count, "layer")}: ${printableSentence(note)}.`)),
    ...warnings.flatMap((warning) => say(`Warning: ${printableSentence(warning)}.`)),
    ...say(
      paint.dim(
        "moved: ||W_B - W_A||/||W_A||; lost: spikes of A weaker than the noise; phase: of A, and of B if it is " +
          "another; change, rank (wide terminals): phase of the matrix W_B - W_A, and its rank beyond noise with a " +
          "99 % interval.",
      ),
    ),
  ];
}

/** Spikes of A that are weaker than the noise, of how many. */
function lostText({ spikes_a, spikes_lost }: LayerComparison): string {
  return spikes_a === null || spikes_lost === null ? NOT_AVAILABLE : `${spikes_lost}/${spikes_a}`;
}

/** The rank of the difference with its interval, if it says more. Empty if the difference is rounding. */
function rankText({ kind, dw_rank, dw_rank_low, dw_rank_high }: LayerComparison): string {
  if (kind === "rounding" || kind === "unchanged") return "";
  if (dw_rank === null) return NOT_AVAILABLE;
  return dw_rank_low === dw_rank_high ? String(dw_rank) : `${dw_rank} (${dw_rank_low}-${dw_rank_high})`;
}

function alphaText({ a, b, change }: ColumnChange): string {
  return change === null ? NOT_AVAILABLE : fromTo({ a, b, change }, (value) => value.toFixed(2));
}

function fromTo({ a, b }: ColumnChange, text: (value: number) => string): string {
  if (a === null || b === null) return NOT_AVAILABLE;
  return text(a) === text(b) ? text(a) : `${text(a)} -> ${text(b)}`;
}

function decimals(value: number | null, digits: number): string {
  return value === null ? NOT_AVAILABLE : value.toFixed(digits);
}

function percentText(share: number | null): string {
  return share === null ? NOT_AVAILABLE : `${numberText(100 * share)}%`;
}
