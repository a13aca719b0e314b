/** The gate: rules asked of a report or a comparison, and its answer as text, Markdown, JUnit XML and SARIF. */
export { type AlarmRule, DEFAULT_ALARMS, ownAlarm } from "./alarm-rules.js";
export { AlarmWatch } from "./alarm-watch.js";
export { type GateResult, gateComparison, gateReport, isShut } from "./gate.js";
export { gateMarkdown } from "./gate-markdown.js";
export { gateText } from "./gate-text.js";
export { gateJunit } from "./junit.js";
export { type RuleScope, ruleColumns } from "./rule-columns.js";
export { gateSarif } from "./sarif.js";
