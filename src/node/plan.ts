import { type AnalysisPlan, type AnalyzeOptions, type PlanControls, planFiles } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { nodeHost } from "./host.js";
import { baseOf, type OnBase, sourceOf } from "./named-source.js";
import type { InputOptions } from "./open-input.js";

/** What `analyze` would do with a weight file, on this machine. Reads its directory of tensors and no weights. */
export async function plan(
  input: string | FileSet,
  options: AnalyzeOptions & InputOptions & OnBase & Pick<PlanControls, "onOpened"> = {},
): Promise<AnalysisPlan> {
  return planFiles(sourceOf(input, options), { ...options, base: baseOf(options) }, nodeHost);
}
