import { type AnalyzeControls, type AnalyzeOptions, type Description, describeFiles } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { baseOf, type OnBase, sourceOf } from "./named-source.js";
import type { InputOptions } from "./open-input.js";

/** Lists a weight file's tensors and layers without computing anything. */
export async function describe(
  input: string | FileSet,
  options: AnalyzeOptions & InputOptions & OnBase & Pick<AnalyzeControls, "onOpened"> = {},
): Promise<Description> {
  return describeFiles(sourceOf(input, options), { ...options, base: baseOf(options) });
}
