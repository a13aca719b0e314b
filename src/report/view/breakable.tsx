import type { JSX } from "preact";

/** A text with long names that breaks after their separators, and not within a word or a number. */
export function breakable(text: string): (string | JSX.Element)[] {
  return text.split(/(?<=[./_])(?=\w)/).flatMap((part, k) => (k === 0 ? [part] : [<wbr key={k} />, part]));
}
