import { printable } from "../bytes/errors.js";

/**
 * Makes a sentence that quotes names from a file safe to print. Control characters are replaced as in a name. A word
 * that is too long is cut; the sentence is not.
 */
export function printableSentence(text: string): string {
  return text.split(" ").map(printable).join(" ");
}
