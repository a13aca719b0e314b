import type { AdvisedModel } from "../advise/index.js";
import { type AnalysisHost, type AnalyzeControls, type AnalyzeOptions, analyzeFiles } from "../analysis/index.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { readConfig } from "./config-file.js";

/**
 * Analyses a model for `advise` and reads its config.json. `label` is the model's name in files that other tools look
 * for. Rejects with a `FormatError` if the weights or the configuration cannot be read, or there is no layer.
 */
export async function advisedModel(
  files: FileSet,
  { label, ...options }: AnalyzeOptions & AnalyzeControls & { readonly label: string },
  host: AnalysisHost,
): Promise<AdvisedModel & { readonly warnings: readonly string[] }> {
  const config = await readConfig(files, "config.json", options.signal);
  const analysis = analyzeFiles(files, options, host);
  const [report, layers] = await Promise.all([analysis.report(), analysis.results()]);
  const { input, skipped } = report;
  if (layers.length === 0)
    throw new FormatError("it has no layer to advise on", {
      kind: "unsupported",
      file: files.label,
      remedy: '"eigenscope describe" lists its tensors and why they are skipped.',
    });
  return { label, format: input.format, layers, skipped, config, warnings: input.warnings };
}
