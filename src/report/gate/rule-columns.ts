import { NOT_COMPARED } from "../../analysis/compare/column-changes.js";
import type { Kind, RuleColumns } from "../../rules/index.js";
import type { Column } from "../columns/column.js";
import { COMPARISON_COLUMNS } from "../columns/comparison.js";
import { valuesOf } from "../columns/json-schema.js";
import { COLUMNS_BY_OPTION, EVIDENCE_COLUMNS, LAYER_COLUMNS } from "../columns.js";

export const EVIDENCE = "phase_evidence.";
export const COMPARE = "compare.";

/** Where a rule is asked. */
export interface RuleScope {
  /** The options of the analysis that add columns ("--tails"); those of the others cannot be asked for. */
  readonly options: readonly string[];
  /**
   * What `compare.<column>` means: nothing, the differences of two models' weights, or those of their reports alone.
   */
  readonly compare: "none" | "weights" | "reports";
  /** Whether there are readings before this one: `was` and `for` may be asked. Default: no. */
  readonly history?: boolean;
}

/** What rules may name: the columns of the JSON report whose values are numbers, texts, or true and false. */
export function ruleColumns({ options, compare, history = false }: RuleScope): RuleColumns {
  const kinds = new Map<string, Kind>();
  const words = new Map<string, readonly string[]>();
  /** Columns that exist, and why a rule cannot ask for them. */
  const closed = new Map<string, string>();
  const add = (columns: readonly Column[], prefix = ""): void => {
    for (const column of columns) {
      const kind = kindOfColumn(column);
      if (kind === undefined) closed.set(prefix + column.name, "is a list or an object, which a rule cannot compare");
      else kinds.set(prefix + column.name, kind);
      const held = wordsOfColumn(column);
      if (held !== undefined) words.set(prefix + column.name, held);
    }
  };
  add(LAYER_COLUMNS);
  add(EVIDENCE_COLUMNS, EVIDENCE);
  for (const { option, columns } of COLUMNS_BY_OPTION) {
    if (options.includes(option)) add(columns);
    else for (const { name } of columns) closed.set(name, `needs the option ${option}`);
  }
  addComparison(compare, kinds, closed);
  addComparisonWords(words);
  if (compare === "weights") closeWhatPairsLack(kinds, closed);
  return {
    names: [...kinds.keys()],
    wordsOf: (name) => words.get(name),
    history,
    kindOf: (name) => {
      const reason = kinds.has(name) ? undefined : closed.get(name);
      if (reason !== undefined) throw new Error(`${name} ${reason}`);
      return kinds.get(name);
    },
  };
}

function addComparison(compare: RuleScope["compare"], kinds: Map<string, Kind>, closed: Map<string, string>): void {
  const ofWeights = COMPARISON_COLUMNS.flatMap((column) => {
    const kind = kindOfColumn(column);
    return kind === undefined ? [] : [[column.name, kind] as const];
  });
  if (compare === "none") {
    const names = [...ofWeights.map(([name]) => name), ...Object.keys(PAIR_KINDS), ...kinds.keys()];
    for (const name of names) closed.set(COMPARE + name, "needs eigenscope compare, or analyze --baseline");
    return;
  }
  for (const [name, kind] of [...kinds]) if (kind === "number") kinds.set(COMPARE + name, "number");
  for (const [name, kind] of Object.entries(PAIR_KINDS)) kinds.set(COMPARE + name, kind);
  for (const [name, kind] of ofWeights) {
    if (compare === "weights") kinds.set(COMPARE + name, kind);
    else closed.set(COMPARE + name, "needs the weights of both models: use eigenscope compare");
  }
}

/** The words of `compare.<column>`: those of a comparison's own columns, and of the columns that both layers have. */
function addComparisonWords(words: Map<string, readonly string[]>): void {
  const phases = words.get("phase");
  for (const name of ["phase_a", "phase_b"]) if (phases !== undefined) words.set(COMPARE + name, phases);
  words.set(`${COMPARE}status`, ["changed", "unchanged", "failed"]);
  for (const column of COMPARISON_COLUMNS) {
    const held = wordsOfColumn(column);
    if (held !== undefined) words.set(COMPARE + column.name, held);
  }
}

function wordsOfColumn(column: Column): readonly string[] | undefined {
  return valuesOf(column)?.enum?.filter((word) => word !== null);
}

/** A comparison has the numbers of both layers, and a few columns more (`rulePair`). */
function closeWhatPairsLack(kinds: Map<string, Kind>, closed: Map<string, string>): void {
  for (const [name, kind] of [...kinds]) {
    const isNumber = kind === "number" && !name.startsWith(EVIDENCE) && !NOT_COMPARED.has(name);
    if (name.startsWith(COMPARE) || isNumber || PAIR_COLUMNS.has(name)) continue;
    kinds.delete(name);
    closed.set(name, "is not part of a comparison: use eigenscope analyze");
  }
}

/** The columns of B that a pair has beside numbers, and the numbers that are equal in both layers. */
const PAIR_COLUMNS: ReadonlySet<string> = new Set([
  ...["name", "longname", "layer_type", "dtype", "role", "block", "block_name", "phase", "alpha_valid"],
  ...["status", "reason"],
  ...["N", "M", "Q", "rf"],
]);

/** What a pair of layers has beside numbers: names and phases of both sides. */
export const PAIR_KINDS = {
  status: "text",
  phase_a: "text",
  phase_b: "text",
  dtype_a: "text",
  dtype_b: "text",
  alpha_valid_a: "truth",
  alpha_valid_b: "truth",
} as const;

function kindOfColumn(column: Column): Kind | undefined {
  const { type, enum: words } = valuesOf(column) ?? {};
  if (words !== undefined) return "text";
  const types = [type].flat().filter((each) => each !== "null");
  if (types.every((each) => each === "number" || each === "integer")) return types.length > 0 ? "number" : undefined;
  if (types.length !== 1) return undefined;
  return types[0] === "string" ? "text" : types[0] === "boolean" ? "truth" : undefined;
}
