import { cellText, type TableColumn, type ViewLayer } from "#eigenscope/report/view/index.js";

/** Columns that are drawn: what stands in them beside a number, in pixels, and the longest text, in characters. */
const DRAWN: Readonly<Record<string, readonly [pixels: number, characters: number]>> = {
  phase: [18, 15],
  phase_confidence: [51, 9],
  alpha: [98, 6],
};
/** Numbers are rounded: this holds -1.23e-10. */
const NUMBER = 9;
/** Longer texts are cut. A name that is cut is whole in the row's tip. */
const MAX_TEXT = 60;
const MAX_NAME = 36;
/** Room of a cell on both sides, in pixels, and of the arrow that says the order, in characters. */
const PADDING = 20;
const ARROW = 2;

/**
 * Widths of the columns of the table of layers as CSS lengths, the name of the layer first. They come from all layers
 * and not from the rows in view: a browser that has to find them out measures every cell at each step of a scroll, and
 * the columns move.
 */
export function columnWidths(layers: readonly ViewLayer[], columns: readonly TableColumn[]): readonly string[] {
  const longest = (textOf: (layer: ViewLayer) => string): number =>
    layers.reduce((most, layer) => Math.max(most, textOf(layer).length), 0);
  const name = Math.max(
    8,
    Math.min(
      MAX_NAME,
      longest(({ short }) => short),
    ),
  );
  const widths = columns.map(({ name: column, title }) => {
    const isNumber = column !== "block" && layers.every(({ record }) => isNumberOrNone(record?.[column]));
    const ofTexts = (): number =>
      Math.min(
        MAX_TEXT,
        longest((layer) => cellText(layer, column).text),
      );
    const [pixels, characters] = DRAWN[column] ?? [0, isNumber ? NUMBER : ofTexts()];
    return `max(${characters}ch + ${pixels + PADDING}px, ${title.length + ARROW}ch + ${PADDING}px)`;
  });
  return [`calc(${name}ch + ${PADDING}px)`, ...widths];
}

function isNumberOrNone(value: unknown): boolean {
  return typeof value === "number" || value === null || value === undefined;
}
