/** Rules over the columns of a report: read, checked, asked of layers. */
export { RuleAsker, type RuleLayer, type RuleReading } from "./evaluate.js";
export { parseRule } from "./parse.js";
export type { Kind, Rule, RuleColumns } from "./rule.js";
export { RuleError } from "./rule-error.js";
