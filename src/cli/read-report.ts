import { readFile } from "node:fs/promises";
import { type Report, readReportJson } from "../analysis/index.js";
import { decodeText } from "../bytes/decode-text.js";
import { FormatError } from "../bytes/errors.js";
import { systemReason } from "./system-error.js";

/**
 * Reads a JSON report of this eigenscope or an earlier one of the same major version. `option` wanted it. Throws
 * `FormatError`.
 */
export async function readReport(path: string, option: string): Promise<Report> {
  const text = await readFile(path).then(decodeText, (cause: Error) => {
    const reason = `cannot be read: ${systemReason(cause)}`;
    throw new FormatError(`the file of ${option} ${reason}`, { kind: "unreadable", file: path, cause });
  });
  return readReportJson(text, { name: path, remedy: `${option} wants what analyze --json has written` });
}
