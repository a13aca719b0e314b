import { printable } from "../../bytes/errors.js";

/** The number of names that a sentence lists before "and n more". */
export const MAX_LISTED = 5;

/**
 * Names from a file in a sentence: the first few, without control characters. `total` is the full count if `names`
 * holds only the first.
 */
export function listedNames(names: readonly string[], total = names.length): string {
  const rest = total - MAX_LISTED;
  const shown = names.slice(0, MAX_LISTED).map(printable).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
