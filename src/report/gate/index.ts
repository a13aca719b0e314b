/** The gate: rules asked of a report or a comparison, and its answer as text, Markdown, JUnit XML and SARIF. */
export { type GateResult, gateComparison, gateReport, isShut } from "./gate.js";
export { gateMarkdown } from "./gate-markdown.js";
export { gateText } from "./gate-text.js";
export { gateJunit } from "./junit.js";
export { type RuleScope, ruleColumns } from "./rule-columns.js";
export { gateSarif } from "./sarif.js";
