/**
 * Characters that take two cells of a terminal (East Asian wide forms, emoji), and characters that take none (combining
 * marks, zero-width joiners).
 */
const WIDE = new RegExp(
  `[${[
    String.raw`\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff`,
    String.raw`\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6`,
    String.raw`\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}`,
  ].join("")}]`,
  "u",
);
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** Printable characters of which each takes one cell. */
const ASCII = /^[ -~]*$/;
const ELLIPSIS = "…";

function cells(character: string): number {
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The width of a text in terminal cells. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += cells(character);
  return width;
}

/**
 * Cells of the widest text; 0 without texts. Works for any number of texts; `Math.max(...)` would overflow the stack.
 */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}

function head(text: string, width: number): string {
  let taken = "";
  let left = width;
  for (const character of text) {
    left -= cells(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

function tail(text: string, width: number): string {
  let taken = "";
  let left = width;
  for (const character of Array.from(text).reverse()) {
    left -= cells(character);
    if (left < 0) break;
    taken = character + taken;
  }
  return taken;
}

/** Cuts at the end. */
export function cut(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${head(text, width - 1)}${ELLIPSIS}`;
}

/** Cuts in the middle, keeping `keep` cells of the beginning. */
export function cutMiddle(text: string, width: number, keep: number): string {
  return textWidth(text) <= width ? text : `${head(text, keep)}${ELLIPSIS}${tail(text, width - 1 - keep)}`;
}

/**
 * Shortens names in the middle to fit a width. The cut is where it keeps the most names distinct. If several cuts do,
 * the beginning gets about a third of the width, or nothing if all names begin alike. Names that are still equal get
 * `#id` in front, so that every row can be identified.
 */
export function shortenNames(
  names: readonly { readonly id: number; readonly name: string }[],
  width: number,
): string[] {
  if (names.every(({ name }) => textWidth(name) <= width)) return names.map(({ name }) => name);
  const third = Math.floor(width / 3);
  const long = names.filter(({ name }) => textWidth(name) > width);
  const preferred = long.length > 1 && new Set(long.map(({ name }) => head(name, third))).size === 1 ? 0 : third;
  let best: string[] = [];
  let bestDistinct = -1;
  const keeps = Array.from({ length: width }, (_, keep) => keep).sort(
    (a, b) => Math.abs(a - preferred) - Math.abs(b - preferred),
  );
  for (const keep of keeps) {
    const short = names.map(({ name }) => cutMiddle(name, width, keep));
    const distinct = new Set(short).size;
    if (distinct > bestDistinct) [best, bestDistinct] = [short, distinct];
    if (distinct === names.length) break;
  }
  const seen = new Map<string, number>();
  for (const name of best) seen.set(name, (seen.get(name) ?? 0) + 1);
  return best.map((short, i) =>
    (seen.get(short) as number) > 1
      ? cutMiddle(`#${names[i].id} ${names[i].name}`, width, `#${names[i].id} `.length)
      : short,
  );
}

/** Pads a text to a width: on the right if it is aligned "left", else on the left. */
export function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "left" ? text + space : space + text;
}

/**
 * Breaks a text at spaces into lines of at most `width`. The first line begins with `first`, the others with `rest`. A
 * word longer than a line is broken.
 */
export function wrap(
  text: string,
  width: number,
  { first = "", rest = first }: { readonly first?: string; readonly rest?: string } = {},
): string[] {
  const lines: string[] = [];
  let indent = first;
  let line = "";
  const end = (): void => {
    lines.push(indent + line);
    indent = rest;
    line = "";
  };
  for (let word of text.split(/\s+/)) {
    const room = (): number => Math.max(2, width - textWidth(indent));
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > room()) end();
    while (textWidth(word) > room()) {
      line = head(word, room());
      word = word.slice(line.length);
      end();
    }
    line += line === "" ? word : ` ${word}`;
  }
  if (line !== "" || lines.length === 0) end();
  return lines;
}
