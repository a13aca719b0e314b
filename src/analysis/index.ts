export { type Analysis, type AnalysisHost, type AnalyzeControls, analyzeFiles, type Progress } from "./analysis.js";
export { type Description, describeFiles, type PlannedLayer } from "./describe.js";
export type { LayerResult } from "./layer-result.js";
export { measureLayer } from "./measure-layer.js";
export { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.js";
export { type LayerRecord, type Mean, type Report, type ReportSummary, SCHEMA_VERSION, type SkippedRecord } from "./report.js";
export { summarise } from "./summary.js";
export { VERSION } from "./version.js";
