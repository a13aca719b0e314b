/**
 * The pipeline over a whole model: open, solve, measure, summarise. Files and workers come in through an
 * `AnalysisHost`; the package's main export has the same functions with the files and workers of Node or of a browser.
 *
 * @module analysis
 */

export { type Analysis, type AnalyzeControls, analyzeFiles } from "./analysis.js";
export { type AnalysisPlan, type LayerCost, type PlanControls, planFiles } from "./analysis-plan.js";
export {
  ATLAS_COLUMNS,
  type AtlasColumn,
  type FamilyPlace,
  type Percentile,
  type Reference,
} from "./atlas/reference-values.js";
export { CHANGE_KINDS, type ChangeKind } from "./compare/change-kind.js";
export { type CompareControls, type CompareOptions, compareModels, type ModelPair } from "./compare/compare-models.js";
export {
  COMPARISON_SCHEMA_VERSION,
  type ColumnChange,
  type Comparison,
  type ComparisonSummary,
  type LayerComparison,
  type ShapeMismatch,
  type UnpairedLayer,
} from "./compare/comparison.js";
export type { WhatChanged } from "./compare/what-changed.js";
export { type Description, describeFiles, type PlannedLayer } from "./describe.js";
export { detailFromJson, detailToJson, type LayerDetailJson } from "./detail-json.js";
export { reduce } from "./events/reduce.js";
export {
  type AlarmEvent,
  type CheckpointEvent,
  type CheckpointId,
  type CheckpointPhase,
  type EndedEvent,
  EVENTS_VERSION,
  type EventPlace,
  eventStream,
  isRunEvent,
  type LayerEvent,
  type LayerOutline,
  type PlannedEvent,
  type RunEvent,
  type RunEventBody,
} from "./events/run-event.js";
export {
  type AlarmState,
  type CheckpointState,
  type LayerState,
  NO_EVENTS,
  progressOf,
  type ResumeToken,
  type RunState,
  type WorkCounts,
} from "./events/run-state.js";
export {
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  MODEL_VERDICTS,
  type ModelVerdict,
  SEVERITIES,
  type Severity,
} from "./findings/finding.js";
export { findingsOf } from "./findings/findings.js";
export { type Headline, headlineOf } from "./findings/headline.js";
export {
  type CellPhase,
  GROUP_STATISTICS,
  type GroupGrid,
  type GroupOutlier,
  type GroupStatistic,
  type LayerGroup,
  type Spread,
} from "./groups/layer-group.js";
export { type GroupRow, layerGroups } from "./groups/layer-groups.js";
export {
  type DetailBulk,
  type DetailCurve,
  type DetailEdge,
  type DetailTail,
  type LayerDetail,
  layerDetail,
} from "./layer-detail.js";
export type { LayerResult } from "./layer-result.js";
export { measureLayer } from "./measure-layer.js";
export type { FileSource } from "./merged-model.js";
export type { OnOpened, OpenedInputs } from "./opened-inputs.js";
export {
  BOOTSTRAP_COLUMNS,
  type BootstrapColumns,
  FARMS_COLUMNS,
  type FarmsColumns,
  type HeadColumns,
  type HeadSpectra,
  LOCALISATION_COLUMNS,
  type LocalisationColumns,
  type OptionalColumns,
  RANDOMISATION_COLUMNS,
  type RandomisationColumns,
  TAIL_COLUMNS,
  type TailColumns,
  WEIGHTWATCHER_COLUMNS,
  type WeightWatcherColumns,
} from "./optional-columns.js";
export { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.js";
export { peakBytes } from "./peak-bytes.js";
export { type ReportJsonOptions, readReportJson } from "./read-report-json.js";
export {
  type BaseRecord,
  type LayerRecord,
  type Mean,
  type Report,
  type ReportSummary,
  SCHEMA_VERSION,
  type SkippedRecord,
} from "./report.js";
export type { RunHeader } from "./run/manifest-shape.js";
export type { KeptPlan } from "./run/parse-plan.js";
export { isRunFolder, type RunFolder, readRunFolder } from "./run/read-run-folder.js";
export { isWatchFolder, readWatchFolder, type WatchFolder } from "./run/read-watch-folder.js";
export type { RunReport } from "./run/report-of-kept.js";
export { type ShuffleControls, type ShuffledSpectrum, shuffledSpectrumOf } from "./shuffled-spectrum.js";
export { type OutOfLine, outOfLine, type SiblingMeasure } from "./siblings.js";
export type { SmallHistogram, SmallPicture } from "./small-picture.js";
export type { AnalysisHost, PoolRequest, Progress } from "./solve-layers.js";
export type { Digest } from "./store/digest.js";
export type { FileIdentity } from "./store/file-identity.js";
export { type SharedSpectra, spectraInMemory } from "./store/memory-store.js";
export type { Outcome, OutcomeStore } from "./store/outcome.js";
export type { EventLog, Placement, RunKeeper, RunPlan, RunSession } from "./store/run-keeper.js";
export { summarise } from "./summary.js";
export { type LayerVerdict, layerVerdict, VERDICTS, type Verdict, type VerdictInput } from "./verdict.js";
export { VERSION } from "./version.js";
