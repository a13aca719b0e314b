import { explainAll, explainColumn, nearestColumns } from "../report/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";

/** `weightscope explain`: what a column of the report is, or what all are. Throws `UsageError` with the nearest names for an unknown one. */
export function explainCommand(name: string | undefined): number {
  const { width } = readTerminal({ color: false, progress: false, quiet: false }, process);
  if (name === undefined) {
    writeStdout(explainAll({ width }));
    return EXIT.done;
  }
  const explanation = explainColumn(name, { width });
  if (explanation === null) {
    const near = nearestColumns(name);
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : '"weightscope explain" lists all';
    throw new UsageError(`no column is called "${name}"; ${hint}`);
  }
  writeStdout(explanation);
  return EXIT.done;
}
