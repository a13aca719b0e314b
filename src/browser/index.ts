export * from "../analysis/index.js";
export { FormatError, OptionError } from "../formats/index.js";
export { PHASES, type Phase, type PhaseDecision, type PhaseEvidence, type PhaseName, type Step } from "../phases/index.js";
export { layerPicture, renderCsv, renderDescription, renderHtml, renderJson, renderSummary, renderTable } from "../report/index.js";
export { analyze, compare, describe } from "./analyze.js";
export { blobSource, uploadedFiles } from "./blob-source.js";
export { browserWorkerPool } from "./worker-pool.js";
