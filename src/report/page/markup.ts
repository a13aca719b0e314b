/** A piece of HTML that is safe to put into a page. It is the only value that `html` does not escape. */
export interface Markup {
  readonly markup: string;
}

type Interpolated = Markup | string | number | boolean | null | undefined | readonly Interpolated[];

/**
 * A template that escapes its values, so that no name from a weight file can become an element, an attribute or a
 * script. null, undefined and booleans give nothing.
 */
export function html(pieces: TemplateStringsArray, ...values: readonly Interpolated[]): Markup {
  return { markup: pieces.reduce((text, piece, i) => text + rendered(values[i - 1]) + piece) };
}

/** Marks text as HTML. Use it only for constants of this project and for the serialised SVG of a chart. */
export function trusted(markup: string): Markup {
  return { markup };
}

function rendered(value: Interpolated): string {
  if (value === null || value === undefined || typeof value === "boolean") return "";
  if (typeof value === "string" || typeof value === "number") return escapeText(String(value));
  return "markup" in value ? value.markup : value.map(rendered).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
