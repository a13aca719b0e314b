import { type Kind, parseRule, RuleAsker, type RuleColumns, type RuleReading } from "#eigenscope/rules/index.js";

/** Columns for tests: two numbers, two texts, two truths. */
const KINDS: Readonly<Record<string, Kind>> = {
  alpha: "number",
  M: "number",
  role: "text",
  phase: "text",
  alpha_valid: "truth",
  transposed: "truth",
  "compare.alpha": "number",
  "compare.kind": "text",
};

export const COLUMNS: RuleColumns = {
  kindOf: (name) => {
    if (name === "notes") throw new Error("notes is a list");
    return KINDS[name];
  },
  names: Object.keys(KINDS),
  wordsOf: (name) => (name === "role" ? ["mlp.up", "mlp.down"] : undefined),
  history: false,
};
export const WATCHED: RuleColumns = { ...COLUMNS, history: true };

export type Row = Readonly<Record<string, unknown>>;

/** A reading of layers named "0", "1", ... */
export function reading(rows: readonly Row[], before?: RuleReading): RuleReading {
  const layers = new Map(rows.map((row, k) => [String(k), (column: string) => row[column]] as const));
  return before === undefined ? { layers } : { layers, before };
}

/** Whether a rule holds for one layer. */
export function holds(rule: string, row: Row): boolean {
  return new RuleAsker(reading([row])).layersWhere(parseRule(rule, COLUMNS)).length === 1;
}
