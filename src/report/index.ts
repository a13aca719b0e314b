/**
 * Results to text: table, summary, CSV, JSON, one HTML page, and the explanation of every column and word.
 *
 * @module report
 */

export {
  type Column,
  type Definition,
  EVIDENCE_COLUMNS,
  LAYER_COLUMNS,
  OPTIONAL_COLUMNS,
  type ValueSchema,
} from "./columns.js";
export { renderComparison, renderComparisonJson } from "./comparison.js";
export { renderCsv } from "./csv.js";
export { renderDescription } from "./description.js";
export { explainAll, explainWord, nearestWords } from "./explanation.js";
export { type AlarmRule, DEFAULT_ALARMS } from "./gate/alarm-rules.js";
export { ALL_LAYERS, type Alarm, type TrainingReading } from "./gate/alarm-watch.js";
export { alarmsOf, toldAlarms, trainingReadings } from "./gate/alarms.js";
export { type GateResult, gateComparison, gateReport, isShut, type RuleOutcome } from "./gate/gate.js";
export { gateMarkdown } from "./gate/gate-markdown.js";
export { gateJunit, type Made } from "./gate/junit.js";
export { type RuleScope, ruleColumns } from "./gate/rule-columns.js";
export { gateSarif } from "./gate/sarif.js";
export { GLOSSARY, type Term } from "./glossary.js";
export { renderGroups } from "./groups.js";
export type { Histogram } from "./histogram.js";
export {
  type ChartOptions,
  type PageOptions,
  renderComparisonHtml,
  renderHtml,
  renderRankingHtml,
} from "./html.js";
export { jsonPieces, renderJson } from "./json.js";
export { renderModelCard } from "./model-card.js";
export { type LayerPicture, layerPicture, type TailStarts } from "./picture.js";
export { renderRanking, renderRankingCsv, renderRankingJson } from "./ranking.js";
export { rankingParquet } from "./ranking-parquet.js";
export type { RankingLook } from "./ranking-table.js";
export { reportParquet } from "./report-parquet.js";
export { spectrumSvg } from "./spectrum-svg.js";
export { renderSummary } from "./summary.js";
export { renderTable, type TableLook, type TerminalLook } from "./table.js";
