import { printable } from "../../bytes/errors.js";

/** A point of a drawing in pixels, y downwards. */
export type Pixel = readonly [x: number, y: number];

/** Attributes of an element. Numbers are coordinates and lengths; undefined leaves the attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as the content of an element or the value of an attribute. A name from a file cannot become markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]);
}

/** A coordinate to a tenth of a pixel: short, and the same on every machine. */
export function coordinate(value: number): string {
  // Adding 0 turns -0 into 0.
  return String(Math.round(value * 10) / 10 + 0);
}

/** One element. Its children are markup already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? coordinate(value) : escaped(value as string)}"`)
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

/** The `d` of a line through points; null begins a new piece. */
export function linePath(points: readonly (Pixel | null)[]): string {
  let path = "";
  let broken = true;
  for (const point of points) {
    if (point !== null) path += `${broken ? "M" : "L"}${coordinate(point[0])} ${coordinate(point[1])}`;
    broken = point === null;
  }
  return path;
}

/**
 * The `d` of a line of horizontal and vertical pieces: less than half the length of `linePath`. A piece that goes on in
 * the direction of the one before replaces it.
 */
export function stepPath(points: readonly Pixel[]): string {
  const pieces: string[] = [];
  let x = "";
  let y = "";
  for (const point of points) {
    const [nextX, nextY] = point.map(coordinate);
    if (pieces.length === 0) pieces.push(`M${nextX} ${nextY}`);
    else {
      if (nextX !== x) {
        if (pieces[pieces.length - 1][0] === "H") pieces.pop();
        pieces.push(`H${nextX}`);
      }
      if (nextY !== y) pieces.push(`V${nextY}`);
    }
    [x, y] = [nextX, nextY];
  }
  return pieces.join("");
}

/** The `d` of a straight line. */
export function segment(from: Pixel, to: Pixel): string {
  return linePath([from, to]);
}

interface TextStyle {
  readonly anchor?: "middle" | "end";
  readonly bold?: boolean;
  /** Default: the colour of secondary text, from the picture. */
  readonly fill?: string;
  /** Monospaced: names of layers. */
  readonly mono?: boolean;
}

/** Words at a point: x is the left end (or what `anchor` says), y the base line. Control characters are replaced. */
export function svgText([x, y]: Pixel, words: string, { anchor, bold, fill, mono }: TextStyle = {}): string {
  return element(
    "text",
    {
      x,
      y,
      "text-anchor": anchor,
      "font-weight": bold ? "600" : undefined,
      fill,
      "font-family": mono ? "var(--mono, monospace)" : undefined,
    },
    escaped(printable(words)),
  );
}

/** A group whose words have a margin in the colour of the page, so that lines below them do not cross the letters. */
export function withHalo(...texts: readonly string[]): string {
  const stroke = { stroke: "var(--paper)", "stroke-width": 4, "stroke-linejoin": "round", "paint-order": "stroke" };
  return texts.length === 0 ? "" : element("g", stroke, ...texts);
}

/** A part of a picture that is cut at the edges of a rectangle. It needs no id, which would have to be unique. */
export function clipped(
  { left, top, right, bottom }: { readonly left: number; readonly top: number; readonly right: number; bottom: number },
  ...children: readonly string[]
): string {
  const [width, height] = [right - left, bottom - top];
  const viewBox = [left, top, width, height].map(coordinate).join(" ");
  return element("svg", { x: left, y: top, width, height, viewBox, overflow: "hidden" }, ...children);
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The whole picture. A screen reader sees one image with one sentence. Colours are the page's variables, so that the
 * picture follows a switch between light and dark. The smallest text of a page has 12 pixels.
 */
export function picture({ width, height }: PictureSize, label: string, children: readonly string[]): string {
  return element(
    "svg",
    {
      class: "chart",
      width,
      height,
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      "font-size": 12,
      fill: "var(--quiet)",
      role: "img",
      "aria-label": withoutControls(label),
    },
    ...children,
  );
}

/** Control characters replaced; the length is kept, as sentences may be long. */
function withoutControls(text: string): string {
  return text.replace(/\S+/g, printable);
}

/** A picture that is only decoration beside words that say the same. A screen reader passes over it. */
export function decoration(
  { width, height, id }: PictureSize & { readonly id?: string | undefined },
  children: readonly string[],
): string {
  const viewBox = `0 0 ${coordinate(width)} ${coordinate(height)}`;
  return element("svg", { id, class: "glyph", width, height, viewBox, "aria-hidden": "true" }, ...children);
}
