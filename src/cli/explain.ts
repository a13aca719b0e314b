import { explainAll, explainWord, nearestWords } from "../report/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";

/**
 * `eigenscope explain`: explains a column, a heading or another word of a report; without a word, all of them. Several
 * words are one name ("soft rank"). Throws `UsageError` with the nearest names for an unknown one.
 */
export function explainCommand(words: readonly string[]): number {
  const { width } = readTerminal({ color: false, progress: false, quiet: false }, process);
  if (words.length === 0) {
    writeStdout(explainAll({ width }));
    return EXIT.done;
  }
  const name = words.join(" ");
  const explanation = explainWord(name, { width });
  if (explanation === null) {
    const near = nearestWords(name);
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : '"eigenscope explain" lists all';
    throw new UsageError(`reports have no column or word "${name}"; ${hint}`);
  }
  writeStdout(explanation);
  return EXIT.done;
}
