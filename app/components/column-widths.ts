import { cellText, type TableColumn, type ViewLayer } from "#eigenscope/report/view/index.js";

/** Columns with a drawing: its width in pixels, and the longest text beside it, in characters. */
const DRAWN: Readonly<Record<string, readonly [pixels: number, characters: number]>> = {
  phase: [18, 13],
  phase_confidence: [51, 9],
  alpha: [98, 5],
};
/** Longer texts are cut. A name that is cut is whole in the row's tip. */
const MAX_CHARACTERS = 36;
/** A character of a word is a bit narrower than a digit, by which CSS counts. */
const CHARACTER = 0.92;
/** Room of a cell on both sides, in pixels. */
const PADDING = 20;

/**
 * Widths of the columns of the table of layers as CSS lengths, the name of the layer first. They come from all layers
 * and not from the rows in view: a browser that has to find them out measures every cell at each step of a scroll, and
 * the columns move.
 */
export function columnWidths(layers: readonly ViewLayer[], columns: readonly TableColumn[]): readonly string[] {
  const longest = (lengthOf: (layer: ViewLayer) => number): number =>
    layers.reduce((most, layer) => Math.max(most, lengthOf(layer)), 0);
  const widths = columns.map(({ name, title }) => {
    const [pixels, characters] = DRAWN[name] ?? [0, longest((layer) => textLength(layer, name))];
    return widthOf(Math.max(pixels === 0 ? title.length : 0, characters), pixels);
  });
  return [widthOf(Math.max(8, longest(({ short }) => short.length))), ...widths];
}

function widthOf(characters: number, pixels = 0): string {
  return `calc(${(CHARACTER * Math.min(MAX_CHARACTERS, characters)).toFixed(2)}ch + ${pixels + PADDING}px)`;
}

const lengths = new WeakMap<object, Map<string, number>>();

/** Characters of a cell, counted once per record and column: while layers arrive, this is asked of all of them. */
function textLength(layer: ViewLayer, column: string): number {
  if (layer.record === null) return 0;
  const known = lengths.get(layer.record) ?? new Map<string, number>();
  lengths.set(layer.record, known);
  let length = known.get(column);
  if (length === undefined) {
    length = cellText(layer, column).text.length;
    known.set(column, length);
  }
  return length;
}
