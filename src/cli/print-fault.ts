import { printable } from "../bytes/errors.js";
import { ownVariable } from "../node/command.js";

/** Prints a fault of this program while a server answers: one line; the server goes on. */
export function printFault(error: unknown): void {
  if (ownVariable("DEBUG", process.env)) console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `eigenscope: unexpected error: ${printable(message)} (set EIGENSCOPE_DEBUG=1 for the details)\n`,
  );
}
