/**
 * The package's main export on Node: `analyze`, `compare` and `describe` for files, folders, addresses and models of a
 * hub, and what renders their results. In a browser bundle the same import gives the page `browser`.
 *
 * @module main
 */

export {
  type AlarmEvent,
  type AlarmState,
  type Analysis,
  type AnalyzeControls,
  type AnalyzeOptions,
  type BaseRecord,
  type CheckpointEvent,
  type CheckpointId,
  type CheckpointPhase,
  type CheckpointState,
  COMPARISON_SCHEMA_VERSION,
  type ColumnChange,
  type CompareControls,
  type CompareOptions,
  type Comparison,
  type ComparisonSummary,
  type Description,
  type DetailBulk,
  type DetailCurve,
  type DetailEdge,
  type DetailTail,
  detailFromJson,
  detailToJson,
  type EndedEvent,
  EVENTS_VERSION,
  type EventPlace,
  eventStream,
  type FamilyPlace,
  type Finding,
  type HeadColumns,
  type HeadSpectra,
  isRunEvent,
  isRunFolder,
  isWatchFolder,
  type KeptPlan,
  type LayerComparison,
  type LayerDetail,
  type LayerDetailJson,
  type LayerEvent,
  type LayerOutline,
  type LayerRecord,
  type LayerResult,
  type LayerState,
  type LayerVerdict,
  layerDetail,
  layerVerdict,
  type Mean,
  NO_EVENTS,
  type OnOpened,
  type OpenedInputs,
  type OptionalColumns,
  type Percentile,
  type Placement,
  type PlannedEvent,
  type PlannedLayer,
  type Progress,
  progressOf,
  type Reference,
  type Report,
  type ReportJsonOptions,
  type ReportSummary,
  type ResumeToken,
  type RunEvent,
  type RunEventBody,
  type RunFolder,
  type RunHeader,
  type RunReport,
  type RunState,
  readReportJson,
  readRunFolder,
  readWatchFolder,
  reduce,
  SCHEMA_VERSION,
  type ShapeMismatch,
  type ShuffleControls,
  type ShuffledSpectrum,
  type SkippedRecord,
  type SmallHistogram,
  type SmallPicture,
  type UnpairedLayer,
  VERDICTS,
  VERSION,
  type Verdict,
  type VerdictInput,
  type WatchFolder,
  type WorkCounts,
} from "../analysis/index.js";
export {
  type ByteSource,
  type FileSet,
  FormatError,
  type FormatErrorDetails,
  type FormatErrorKind,
  OptionError,
  type Room,
} from "../formats/index.js";
export {
  PHASES,
  type Phase,
  type PhaseDecision,
  type PhaseEvidence,
  type PhaseName,
  type Step,
} from "../phases/index.js";
export {
  type Comparable,
  type Correlation,
  type Group,
  type NamedScore,
  RANKING_SCHEMA_VERSION,
  type RankControls,
  type RankedModel,
  type Ranking,
  type SortOptions,
} from "../rank/index.js";
export {
  type ChartOptions,
  jsonPieces,
  type LayerPicture,
  layerPicture,
  type PageOptions,
  type RankingLook,
  rankingParquet,
  renderComparison,
  renderComparisonHtml,
  renderComparisonJson,
  renderCsv,
  renderDescription,
  renderHtml,
  renderJson,
  renderModelCard,
  renderRanking,
  renderRankingCsv,
  renderRankingHtml,
  renderRankingJson,
  renderSummary,
  renderTable,
  type TerminalLook,
} from "../report/index.js";
export { analyze, type InFolder } from "./analyze.js";
export { compare } from "./compare.js";
export { describe } from "./describe.js";
export { localFiles } from "./file-set.js";
export { fileSource, type SourceOptions } from "./file-source.js";
export type { HubOptions } from "./hub/hub-settings.js";
export type { OnBase } from "./named-source.js";
export type { InputOptions } from "./open-input.js";
export { rank, type WithScores } from "./rank.js";
export { RunEventReader } from "./run/event-reader.js";
export { type KeptRun, type MeasuringOptions, readRun, reportOfRun } from "./run/read-run.js";
export { type RunStatus, statusOfRun, type WithReason } from "./run/run-status.js";
export type { Shard } from "./run/shard.js";
export { shuffledSpectrum } from "./shuffled-spectrum.js";
export { type NodePoolOptions, nodeWorkerPool } from "./worker-pool.js";
