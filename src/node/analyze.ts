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
import { localFiles } from "./file-set.js";
import { nodeWorkerPool } from "./worker-pool.js";

const host: AnalysisHost = {
  createPool: async ({ engine, jobs }) => nodeWorkerPool({ engine: engine === "auto" ? "wasm" : engine, width: jobs }),
};

/**
 * Analyses a weight file: a path (a file, or the folder of a model) or a `FileSet` of your own.
 * The returned `Analysis` is an async stream of layer results in the order in which they are finished; `report()` gives the whole.
 * A path that is not there, or a file that no reader takes, rejects the stream and the report with a `FormatError`.
 *
 * @example
 * const analysis = analyze("model.safetensors");
 * for await (const { record } of analysis) console.log(record.name, record.phase);
 * const { summary } = await analysis.report();
 */
export function analyze(input: string | FileSet, options: AnalyzeOptions & AnalyzeControls = {}): Analysis {
  return analyzeFiles(typeof input === "string" ? localFiles(input) : input, options, host);
}

/** Lists a weight file's tensors and layers without computing anything. */
export async function describe(
  input: string | FileSet,
  options: AnalyzeOptions & { readonly signal?: AbortSignal } = {},
): Promise<Description> {
  return describeFiles(typeof input === "string" ? await localFiles(input) : input, options);
}
