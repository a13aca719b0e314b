/**
 * The main export in a browser: `analyze`, `compare` and `describe` for `File`s, addresses and models of a hub, and
 * what renders their results.
 *
 * @module browser
 */

export {
  type Analysis,
  type AnalyzeControls,
  type AnalyzeOptions,
  type BaseRecord,
  COMPARISON_SCHEMA_VERSION,
  type ColumnChange,
  type CompareControls,
  type CompareOptions,
  type Comparison,
  type ComparisonSummary,
  type Description,
  type LayerComparison,
  type LayerRecord,
  type LayerResult,
  type LayerVerdict,
  layerVerdict,
  type Mean,
  type OnOpened,
  type OpenedInputs,
  type OptionalColumns,
  type PlannedLayer,
  type Progress,
  type Report,
  type ReportSummary,
  SCHEMA_VERSION,
  type ShapeMismatch,
  type SkippedRecord,
  type UnpairedLayer,
  VERDICTS,
  VERSION,
  type Verdict,
  type VerdictInput,
} from "../analysis/index.js";
export {
  type ByteSource,
  type FileSet,
  FormatError,
  type FormatErrorDetails,
  type FormatErrorKind,
  OptionError,
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
  type ChartOptions,
  type LayerPicture,
  layerPicture,
  renderComparison,
  renderComparisonJson,
  renderCsv,
  renderDescription,
  renderHtml,
  renderJson,
  renderSummary,
  renderTable,
  type TerminalLook,
} from "../report/index.js";
export { analyze, compare, describe, type Input, type OnBase } from "./analyze.js";
export { blobSource, uploadedFiles } from "./blob-source.js";
export { type BrowserPoolOptions, browserWorkerPool } from "./worker-pool.js";
