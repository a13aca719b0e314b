import { COMPARISON_COLUMNS } from "./columns/comparison.js";
import { COLUMNS_BY_OPTION, type Column, EVIDENCE_COLUMNS, LAYER_COLUMNS } from "./columns.js";
import { GLOSSARY, normalisedWord, type Term, termsOf } from "./glossary.js";
import { pad, wrap } from "./text-layout.js";

/** Columns that belong together. The heading says when they are present. */
interface Group {
  readonly heading: string;
  /** Prefix of a name that a column also has. */
  readonly prefix: string;
  readonly columns: readonly Column[];
}

const GROUPS: readonly Group[] = [
  { heading: "every layer", prefix: "", columns: LAYER_COLUMNS },
  { heading: "phase_evidence", prefix: "phase_evidence.", columns: EVIDENCE_COLUMNS },
  ...COLUMNS_BY_OPTION.map(({ option, columns }) => ({ heading: `with ${option}`, prefix: "", columns })),
  { heading: "compare", prefix: "", columns: COMPARISON_COLUMNS },
];

/** Most suggestions for an unknown name. */
const MAX_SUGGESTIONS = 3;
const LABEL_WIDTH = 12;

/** The names of all columns that `explainWord` knows. */
export function explainableColumns(): readonly string[] {
  return GROUPS.flatMap(({ prefix, columns }) => columns.map(({ name }) => prefix + name));
}

/**
 * Explains a word of a report in lines of at most `width`. The word is a column, a heading, a value of a column such as
 * a phase or a verdict, or a word of the theory. A column has definition, formula, range, unit, words and source. A
 * field of `phase_evidence` is also found by its own name. Case, blanks, "_" and "-" make no difference. A word with
 * several meanings gives all of them. null for an unknown word.
 */
export function explainWord(name: string, { width = 80 }: { readonly width?: number } = {}): string | null {
  const columns = columnsCalled(name);
  const terms = termsOf(name);
  const behind = new Set(terms.flatMap(({ column }) => (column === undefined ? [] : [column])));
  for (const { column } of columns) behind.delete(column.name);
  const parts = [
    ...columns.map((found) => columnText(found, width)),
    ...terms.map((term) => termText(term, width)),
    ...[...behind].flatMap((column) => columnsCalled(column).slice(0, 1)).map((found) => columnText(found, width)),
  ];
  return parts.length === 0 ? null : parts.join("\n");
}

interface Found {
  readonly column: Column;
  readonly group: Group;
}

function columnsCalled(name: string): Found[] {
  const wanted = normalisedWord(name);
  return GROUPS.flatMap((group) =>
    group.columns
      .filter(
        (column) => normalisedWord(column.name) === wanted || normalisedWord(group.prefix + column.name) === wanted,
      )
      .map((column) => ({ column, group })),
  );
}

function columnText({ column, group }: Found, width: number): string {
  const { name, definition, formula, range, unit, words, source } = column;
  const facts: [string, string | undefined][] = [
    ["", definition],
    ["formula", formula],
    ["range", range],
    ["unit", unit],
    ...Object.entries(words ?? {}).map(([word, meaning], k): [string, string] => [
      k === 0 ? "words" : "",
      `${word}: ${meaning}`,
    ]),
    ["source", source],
    ["where", group.heading],
  ];
  const lines = facts.flatMap(([label, text]) => (text === undefined ? [] : factLines(label, text, width)));
  return `${[group.prefix + name, ...lines].join("\n")}\n`;
}

function termText({ word, meaning, where }: Term, width: number): string {
  return `${[word, ...factLines("", meaning, width), ...factLines("where", where, width)].join("\n")}\n`;
}

/** All columns with their definitions, in groups, then all other words. No line is longer than `width`. */
export function explainAll({ width = 80 }: { readonly width?: number } = {}): string {
  const entry = (name: string, text: string): string[] => [
    `  ${name}`,
    ...wrap(text, width, { first: "      ", rest: "      " }),
  ];
  const words = [...new Map(GLOSSARY.map((term) => [`${term.word}: ${term.meaning}`, term])).values()];
  const groups = [
    ...GROUPS.map(({ heading, columns }) => [
      heading,
      ...columns.flatMap(({ name, definition }) => entry(name, definition)),
    ]),
    ["other words", ...words.flatMap(({ word, meaning }) => entry(word, meaning))],
  ];
  return groups.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** The names and words nearest to an unknown one by edit distance. Empty if none is near. */
export function nearestWords(name: string): string[] {
  const limit = Math.max(2, Math.floor(name.length / 2));
  const known = new Set([
    ...GROUPS.flatMap(({ columns }) => columns.map((column) => column.name)),
    ...GLOSSARY.map(({ word }) => word),
  ]);
  return [...known]
    .map((word) => ({
      word,
      distance: word.includes(name) && name.length > 2 ? 0 : editDistance(name.toLowerCase(), word.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.word.length - b.word.length)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ word }) => word);
}

function factLines(label: string, text: string, width: number): string[] {
  const margin = " ".repeat(LABEL_WIDTH);
  const [first, ...rest] = wrap(text, width, { first: margin, rest: margin });
  return [pad(`  ${label}`, LABEL_WIDTH, "left") + first.slice(LABEL_WIDTH), ...rest];
}

/** Number of letters to insert, delete or change (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = current;
  }
  return previous[b.length];
}
