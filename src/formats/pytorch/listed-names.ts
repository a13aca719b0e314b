import { printable } from "../errors.js";

/** Names that a sentence lists before "and n more". */
const LISTED = 5;

/** Names from a file in a sentence: the first few, without control characters. */
export function listedNames(names: readonly string[]): string {
  const rest = names.length - LISTED;
  const shown = names.slice(0, LISTED).map(printable).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
