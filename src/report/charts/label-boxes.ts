import type { Frame } from "./frame.js";
import { type Pixel, svgText, withHalo } from "./svg.js";

/** Size of a chart's text in pixels, and the distance of two lines. */
const TEXT_SIZE = 12;
export const LINE_HEIGHT = 16;
/** Parts of a line above and below its base line. */
const [ASCENT, DESCENT] = [12, 4];

/** Widths of characters in parts of the text's size, as in DejaVu Sans: the usual sans-serif fonts are narrower. */
const NARROW = { characters: "ijl.,:;'|!()[] ", width: 0.36 };
const WIDE = { characters: "mwMWQOGD%@→←–", width: 0.98 };
const [CAPITAL, DIGIT, OTHER] = [0.74, 0.66, 0.62];
const BOLD_FACTOR = 1.13;

/** An upper estimate of the width of a text in pixels. Pictures are text: nothing here can measure a font. */
export function labelWidth(text: string, { bold = false }: { readonly bold?: boolean } = {}): number {
  let width = 0;
  for (const character of text) {
    if (NARROW.characters.includes(character)) width += NARROW.width;
    else if (WIDE.characters.includes(character)) width += WIDE.width;
    else if (character >= "0" && character <= "9") width += DIGIT;
    else width += character >= "A" && character <= "Z" ? CAPITAL : OTHER;
  }
  return width * TEXT_SIZE * (bold ? BOLD_FACTOR : 1);
}

export interface LabelLine {
  readonly text: string;
  readonly bold?: boolean;
  /** CSS colour. Default: ink for bold lines, else that of secondary text. */
  readonly fill?: string;
}

/** Where a label may go: the base line of its first line, and which end of it lies at x. */
export interface LabelPlace {
  readonly at: Pixel;
  readonly anchor: "start" | "end";
}

export interface Label {
  /** If there is no good place for all lines, only the first is drawn. */
  readonly lines: readonly LabelLine[];
  /** The best place first. */
  readonly places: readonly LabelPlace[];
}

export interface PlacedLabel extends LabelPlace {
  readonly lines: readonly LabelLine[];
  readonly box: Frame;
}

function boxOf(lines: readonly LabelLine[], { at: [x, y], anchor }: LabelPlace): Frame {
  const width = Math.max(...lines.map(({ text, bold }) => labelWidth(text, { bold: bold === true })));
  const left = anchor === "end" ? x - width : x;
  return {
    left,
    right: left + width,
    top: y - ASCENT,
    bottom: y + DESCENT + LINE_HEIGHT * (lines.length - 1),
  };
}

/** Pixels that two rectangles have in common. */
export function overlap(a: Frame, b: Frame): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Least distance of two labels. */
const MARGIN = 3;
/** A place further down the list is taken if it covers this share less of what is drawn. */
const COVER_PER_PLACE = 0.012;
/** So much cover is a second line worth. */
const COVER_PER_LINE = 0.25;

/**
 * Places labels in their order. None overlaps another one, or leaves `inside`. Of the places that remain, the one that
 * covers least of `drawn` wins, and of equal ones the first. A label without a place is left out.
 */
export function placeLabels(
  labels: readonly Label[],
  { inside, drawn }: { readonly inside: Frame; readonly drawn: readonly Frame[] },
): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  const isFree = (box: Frame): boolean =>
    box.left >= inside.left &&
    box.right <= inside.right &&
    box.top >= inside.top &&
    box.bottom <= inside.bottom &&
    placed.every((other) => overlap(box, widened(other.box)) === 0);
  const cover = (box: Frame): number => {
    const area = (box.right - box.left) * (box.bottom - box.top);
    return drawn.reduce((sum, other) => sum + overlap(box, other), 0) / area;
  };
  for (const { lines, places } of labels) {
    const free = (lines.length > 1 ? [lines, lines.slice(0, 1)] : [lines]).flatMap((shown, dropped) =>
      places
        .map((place, order) => ({ place, order, shown, box: boxOf(shown, place) }))
        .filter(({ box }) => isFree(box))
        .map((found) => ({
          ...found,
          cost: cover(found.box) + COVER_PER_PLACE * found.order + COVER_PER_LINE * dropped,
        })),
    );
    if (free.length === 0) continue;
    const { place, box, shown } = free.reduce((best, other) => (other.cost < best.cost ? other : best));
    placed.push({ ...place, lines: shown, box });
  }
  return placed;
}

function widened({ left, right, top, bottom }: Frame): Frame {
  return { left: left - MARGIN, right: right + MARGIN, top: top - MARGIN, bottom: bottom + MARGIN };
}

/** The labels as text with a halo. */
export function drawLabels(labels: readonly PlacedLabel[]): string {
  return withHalo(
    ...labels.flatMap(({ lines, at: [x, y], anchor }) =>
      lines.map(({ text, bold = false, fill }, i) =>
        svgText([x, y + i * LINE_HEIGHT], text, {
          ...(anchor === "end" && { anchor }),
          bold,
          fill: fill ?? (bold ? "var(--ink)" : "var(--quiet)"),
        }),
      ),
    ),
  );
}
