export * from "../analysis/index.js";
export { FormatError, OptionError } from "../formats/index.js";
export { PHASES, type Phase, type PhaseDecision, type PhaseEvidence, type PhaseName, type Step } from "../phases/index.js";
export { layerPicture, renderCsv, renderDescription, renderHtml, renderJson, renderSummary, renderTable } from "../report/index.js";
export { analyze, compare, describe } from "./analyze.js";
export { localFiles } from "./file-set.js";
export { fileSource } from "./file-source.js";
export type { HubOptions } from "./hub/hub-settings.js";
export { nodeWorkerPool } from "./worker-pool.js";
