import { readFile } from "node:fs/promises";
import { type Report, SCHEMA_VERSION } from "../analysis/index.js";
import { FormatError, printable } from "../bytes/errors.js";
import { systemReason } from "./system-error.js";

/**
 * Reads a JSON report of this eigenscope or an earlier one of the same major version. `option` wanted it. Throws
 * `FormatError`.
 */
export async function readReport(path: string, option: string): Promise<Report> {
  let report: Report;
  try {
    report = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) {
      const reason = `cannot be read: ${systemReason(cause as Error)}`;
      throw new FormatError(`the file of ${option} ${reason}`, { kind: "unreadable", file: path, cause });
    }
    throw notAReport(path, option, `is not JSON (${cause.message})`);
  }
  const { schemaVersion, layers } = report ?? {};
  if (typeof schemaVersion !== "string" || !Array.isArray(layers) || !layers.every(isNamed))
    throw notAReport(path, option, "is not a report of eigenscope");
  if (schemaVersion.split(".")[0] !== SCHEMA_VERSION.split(".")[0])
    throw notAReport(
      path,
      option,
      `has version ${printable(schemaVersion)} of the report, this eigenscope reads ${SCHEMA_VERSION}`,
    );
  return report;
}

function isNamed(layer: unknown): boolean {
  return typeof layer === "object" && layer !== null && typeof (layer as { longname?: unknown }).longname === "string";
}

function notAReport(path: string, option: string, reason: string): FormatError {
  const remedy = `${option} wants what analyze --json has written`;
  return new FormatError(`the file ${reason}`, { kind: "malformed", file: path, remedy });
}
