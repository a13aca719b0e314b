import { printable } from "../bytes/errors.js";

/** A line of a file of scores. */
export interface NamedScore {
  readonly name: string;
  readonly score: number;
}

const HEADER = "name,score";
/** Most names in a message before "and n more". */
const MAX_LISTED = 5;

/**
 * Parses a CSV with the header `name,score` (RFC 4180; a byte-order mark, CRLF and empty lines are fine). Throws
 * `RangeError` that names the file, the line, what was found and what was expected.
 */
export function parseScores(text: string, file: string): NamedScore[] {
  const refuse = (line: number, found: string, expected: string): never => {
    throw new RangeError(`${file}, line ${line}: found ${printable(found)}, expected ${expected}`);
  };
  const lines = recordsOf(text.replace(/^\ufeff/, ""), file).filter(({ fields }) => fields.join("") !== "");
  const [header, ...rows] = lines;
  const found = header?.fields.map((field) => field.trim()).join(",");
  if (found !== HEADER)
    refuse(header?.line ?? 1, found === undefined ? "nothing" : `"${found}"`, `the header "${HEADER}"`);
  if (rows.length === 0) refuse(header.line + 1, "nothing", "a name and a score");
  return rows.map(({ line, fields }) => {
    const [name, score] = fields.map((field) => field.trim());
    if (fields.length !== 2 || name === "") refuse(line, `"${fields.join(",")}"`, "a name and a score");
    if (score === "" || !Number.isFinite(Number(score)))
      refuse(line, `the score "${score}"`, "a finite number such as 0.93");
    return { name, score: Number(score) };
  });
}

interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

function recordsOf(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const fields: string[] = [];
    const begin = line;
    for (let more = true; more; ) {
      let field = "";
      if (text[at] === '"') {
        const quoted = /"((?:[^"]|"")*)"/y;
        quoted.lastIndex = at;
        const match = quoted.exec(text);
        if (match === null) throw new RangeError(`${file}, line ${begin}: a quote is not closed`);
        field = match[1].replaceAll('""', '"');
        line += match[1].split("\n").length - 1;
        at = quoted.lastIndex;
      }
      const end = at + (/[,\r\n]/.exec(text.slice(at))?.index ?? text.length - at);
      fields.push(field + text.slice(at, end));
      more = text[end] === ",";
      at = end + 1;
      if (text[end] === "\r" && text[end + 1] === "\n") at++;
    }
    line++;
    records.push({ line: begin, fields });
  }
  return records;
}

/**
 * The score of each path, in their order. A name matches the path as given, else the file or folder name, else that
 * without its extension. Throws `RangeError` that names every score without a model or with several, and every model
 * without a score or with several.
 */
export function matchScores(scores: readonly NamedScore[], paths: readonly string[], file: string): number[] {
  const complaints: string[] = [];
  const found = paths.map((): NamedScore[] => []);
  const unknown: string[] = [];
  for (const score of scores) {
    const matches = matchesOf(score.name, paths);
    if (matches.length === 0) unknown.push(score.name);
    else if (matches.length === 1) found[matches[0]].push(score);
    else complaints.push(`"${printable(score.name)}" matches ${list(matches.map((i) => paths[i]))}; give the path`);
  }
  if (unknown.length > 0) complaints.push(`no model matches ${list(unknown)}`);
  const twice = paths.filter((_, i) => found[i].length > 1);
  if (twice.length > 0) complaints.push(`more than one line matches ${list(twice)}`);
  const missing = paths.filter((_, i) => found[i].length === 0);
  // While a name is ambiguous, its models have no score for that reason alone.
  if (missing.length > 0 && complaints.length === 0) complaints.push(`no line matches ${list(missing)}`);
  else if (missing.length > 0 && unknown.length > 0) complaints.push(`models without a score: ${list(missing)}`);
  if (complaints.length > 0) throw new RangeError(`${file}: ${complaints.join("; ")}`);
  return found.map(([{ score }]) => score);
}

/** The paths that a name means, by the first rule that gives any. */
function matchesOf(name: string, paths: readonly string[]): number[] {
  const asGiven = name.replace(/(?<=.)[\\/]+$/, "");
  for (const form of [pathForm, baseName, stem]) {
    const matches = paths.flatMap((path, i) => (form(path) === asGiven ? [i] : []));
    if (matches.length > 0) return matches;
  }
  return [];
}

const pathForm = (path: string): string => path.replace(/(?<=.)[\\/]+$/, "");

/** The file or folder name of a path; a hub's "org/model" is its own. */
export function baseName(path: string): string {
  return pathForm(path).split(/[\\/]/).at(-1) as string;
}

function stem(path: string): string {
  return baseName(path).replace(/(?<=.)\.[^.]+$/, "");
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).map((name) => `"${printable(name)}"`);
  const rest = names.length - MAX_LISTED;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
