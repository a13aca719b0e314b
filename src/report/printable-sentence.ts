import { printable } from "../formats/errors.js";

/**
 * A sentence that may quote names from a file: control characters are replaced as in a name, but only a single overlong
 * word is cut, not the sentence.
 */
export function printableSentence(text: string): string {
  return text.split(" ").map(printable).join(" ");
}
