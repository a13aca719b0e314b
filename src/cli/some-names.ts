import { printable } from "../bytes/errors.js";

/** Most names of one kind that a message gives. */
export const MAX_NAMED = 5;

/** The first names, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map(printable).join(", ");
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}
