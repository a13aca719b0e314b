import { type CompareControls, type CompareOptions, type Comparison, compareModels } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { nodeHost } from "./host.js";
import { type InputOptions, namedFiles } from "./open-input.js";

/**
 * Compares two weight files, layer by layer and by name: `b` is the later state of `a`. Rejects with a `FormatError` if
 * one cannot be read.
 */
export async function compare(
  a: string | FileSet,
  b: string | FileSet,
  options: CompareOptions & CompareControls & InputOptions = {},
): Promise<Comparison> {
  const [first, second] = await Promise.all(
    [a, b].map((input) => (typeof input === "string" ? namedFiles(input, options) : input)),
  );
  return compareModels({ a: first, b: second }, options, nodeHost);
}
