/**
 * Rules over the columns of a report: read, checked, asked of layers. `ruleColumns` of `eigenscope/report` has the
 * columns. docs/gate.md is the manual.
 *
 * @module rules
 */
export { RuleAsker, type RuleLayer, type RuleReading } from "./evaluate.js";
export { parseRule } from "./parse.js";
export type { Comparator, Kind, Operator, Rule, RuleColumns, RuleNode, Value } from "./rule.js";
export { RuleError } from "./rule-error.js";
