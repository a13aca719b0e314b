import { labelWidth } from "./label-boxes.js";

/** Breaks words into lines of at most `width` pixels. A single word that is longer has a line of its own. */
export function wrapped(text: string, width: number, { bold = false }: { readonly bold?: boolean } = {}): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && labelWidth(longer, { bold }) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
