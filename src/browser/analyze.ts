import {
  type Analysis,
  type AnalysisHost,
  type AnalyzeControls,
  type AnalyzeOptions,
  analyzeFiles,
  type Description,
  describeFiles,
} from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { uploadedFiles } from "./blob-source.js";
import { browserWorkerPool } from "./worker-pool.js";

const host: AnalysisHost = {
  createPool: async ({ engine, jobs }) => browserWorkerPool({ engine: engine === "auto" ? "wasm" : engine, width: jobs }),
};

/**
 * Analyses a weight file in the browser: a `File`, the files of a model together, or a `FileSet` of your own. Nothing is uploaded.
 * The returned `Analysis` is an async stream of layer results in the order in which they are finished; `report()` gives the whole.
 */
export function analyze(input: File | readonly File[] | FileSet, options: AnalyzeOptions & AnalyzeControls = {}): Analysis {
  return analyzeFiles(filesOf(input), options, host);
}

/** Lists a weight file's tensors and layers without computing anything. */
export function describe(
  input: File | readonly File[] | FileSet,
  options: AnalyzeOptions & { readonly signal?: AbortSignal } = {},
): Promise<Description> {
  return describeFiles(filesOf(input), options);
}

function filesOf(input: File | readonly File[] | FileSet): FileSet {
  return input instanceof File || Array.isArray(input) ? uploadedFiles(input) : (input as FileSet);
}
