import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { cellText, type TableColumn, type ViewLayer } from "#eigenscope/report/view/index.js";

/** Columns with a drawing: its width in pixels, and the longest text beside it, in characters. */
const DRAWN: Readonly<Record<string, readonly [pixels: number, characters: number]>> = {
  phase: [18, 12],
  phase_confidence: [51, 7.6],
  alpha: [98, 5],
};
/** Longer texts are cut. A name that is cut is whole in the row's tip. */
const MAX_CHARACTERS = 36;
/** CSS counts by digits. Characters of a word are narrower, those of a monospaced name a bit, "×" is wider. */
const LETTER = 0.88;
const NAME = 0.92;
const DIGIT = 1.06;
/** Room of a cell on both sides, in pixels: style.ts. */
const PADDING = 14;

/**
 * Widths of the columns of the table of layers as CSS lengths, the name of the layer first. They come from all layers
 * and not from the rows in view: a browser that has to find them out measures every cell at each step of a scroll, and
 * the columns move. `counted`: what was counted at an earlier call, for the same table; it is added to.
 */
export function columnWidths(
  layers: readonly ViewLayer[],
  columns: readonly TableColumn[],
  counted: CountedTexts = new Map(),
): readonly string[] {
  const longest = (lengthOf: (layer: ViewLayer) => number): number =>
    layers.reduce((most, layer) => Math.max(most, lengthOf(layer)), 0);
  const widths = columns.map(({ name, title, align }) => {
    const [pixels, characters] = DRAWN[name] ?? [0, longest((layer) => textLength(layer, name, counted))];
    const ofCells = characters * (align === "left" ? LETTER : DIGIT);
    return widthOf(Math.max(pixels === 0 ? title.length * LETTER : 0, ofCells), pixels);
  });
  const longestName = longest(({ short }) => short.length);
  return [widthOf(NAME * Math.max(8, longestName)), ...widths];
}

function widthOf(digits: number, pixels = 0): string {
  return `calc(${Math.min(MAX_CHARACTERS, digits).toFixed(2)}ch + ${pixels + PADDING}px)`;
}

/** By column and number of the layer, the characters of a cell, and of which record they were counted. */
export type CountedTexts = Map<string, { readonly record: LayerRecord; readonly length: number }[]>;

/** Characters of a cell, counted once per record and column: while layers arrive, this is asked of all of them. */
function textLength(layer: ViewLayer, column: string, counted: CountedTexts): number {
  const { index, record } = layer;
  if (record === null) return 0;
  const known = counted.get(column) ?? [];
  counted.set(column, known);
  if (known[index]?.record !== record) known[index] = { record, length: cellText(layer, column).text.length };
  return known[index].length;
}
