import { COMPARISON_COLUMNS } from "./columns/comparison.js";
import { LOCALISATION } from "./columns/localisation.js";
import { RANDOMISATION } from "./columns/randomisation.js";
import { BOOTSTRAP, FARMS, TAIL_LAWS_COLUMNS } from "./columns/tail-laws.js";
import { WEIGHTWATCHER_COLUMNS } from "./columns/weightwatcher.js";
import { type Column, EVIDENCE_COLUMNS, LAYER_COLUMNS, OPTIONAL_COLUMNS } from "./columns.js";
import { pad, wrap } from "./text-layout.js";

/** Columns that belong together, and when they are there. */
interface Group {
  readonly heading: string;
  /** What stands before a name to tell it from a column of the same name. */
  readonly prefix: string;
  readonly columns: readonly Column[];
}

const GROUPS: readonly Group[] = [
  { heading: "every layer", prefix: "", columns: LAYER_COLUMNS },
  { heading: "phase_evidence", prefix: "phase_evidence.", columns: EVIDENCE_COLUMNS },
  { heading: "with --weightwatcher", prefix: "", columns: WEIGHTWATCHER_COLUMNS },
  { heading: "with --randomize", prefix: "", columns: RANDOMISATION },
  { heading: "with --vectors", prefix: "", columns: LOCALISATION },
  { heading: "with --tails", prefix: "", columns: TAIL_LAWS_COLUMNS },
  { heading: "with --bootstrap", prefix: "", columns: BOOTSTRAP },
  { heading: "with --farms", prefix: "", columns: FARMS },
  { heading: "compare", prefix: "", columns: COMPARISON_COLUMNS },
];

/** Suggestions for an unknown name. */
const SUGGESTIONS = 3;
const LABEL = 12;

/** Every column's name that `explainColumn` knows. */
export function explainableColumns(): readonly string[] {
  return GROUPS.flatMap(({ prefix, columns }) => columns.map(({ name }) => prefix + name));
}

/**
 * What a column is: definition, formula, range, unit and source, in lines of at most `width`. A field of `phase_evidence` is found by its own name too, and is
 * given after a column of the same name. null where there is no such column.
 */
export function explainColumn(name: string, { width = 80 }: { readonly width?: number } = {}): string | null {
  const found = GROUPS.flatMap(({ prefix, columns, heading }) =>
    columns.filter((column) => prefix + column.name === name || column.name === name).map((column) => ({ column, prefix, heading })),
  );
  if (found.length === 0) return null;
  return found
    .map(({ column, prefix, heading }) => {
      const { name: own, definition, formula, range, unit, source } = column;
      const facts: [string, string | undefined][] = [
        ["", definition],
        ["formula", formula],
        ["range", range],
        ["unit", unit],
        ["source", source],
        ["where", heading],
      ];
      const lines = facts.flatMap(([label, text]) => (text === undefined ? [] : factLines(label, text, width)));
      return `${[prefix + own, ...lines].join("\n")}\n`;
    })
    .join("\n");
}

/** All columns with their definitions, in groups; no line is longer than `width`. */
export function explainAll({ width = 80 }: { readonly width?: number } = {}): string {
  return GROUPS.map(({ heading, columns }) => {
    const lines = columns.flatMap(({ name, definition }) => [`  ${name}`, ...wrap(definition, width, { first: "      ", rest: "      " })]);
    return `${[heading, ...lines].join("\n")}\n`;
  }).join("\n");
}

/** The names nearest to an unknown one, by the letters that must be changed; none where all are far. */
export function nearestColumns(name: string): string[] {
  const limit = Math.max(2, Math.floor(name.length / 2));
  const known = new Set([...LAYER_COLUMNS, ...EVIDENCE_COLUMNS, ...OPTIONAL_COLUMNS, ...COMPARISON_COLUMNS].map((column) => column.name));
  return [...known]
    .map((column) => ({
      column,
      distance: column.includes(name) && name.length > 2 ? 0 : editDistance(name.toLowerCase(), column.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.column.length - b.column.length)
    .slice(0, SUGGESTIONS)
    .map(({ column }) => column);
}

function factLines(label: string, text: string, width: number): string[] {
  const margin = " ".repeat(LABEL);
  const [first, ...rest] = wrap(text, width, { first: margin, rest: margin });
  return [pad(`  ${label}`, LABEL, "left") + first.slice(LABEL), ...rest];
}

/** Letters to insert, delete or change (Levenshtein). */
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
