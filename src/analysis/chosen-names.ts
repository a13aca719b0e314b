import { OptionError, type Tensor } from "../formats/index.js";
import { type LayerPlan, layerNames, unmatchedGlobs } from "../layers/index.js";
import type { ResolvedOptions } from "./options.js";

/** Most names that an error message shows as examples. */
const MAX_EXAMPLES = 3;

/** A plan of a model or of a base, with the tensors of its file. */
interface PlanWithTensors extends LayerPlan {
  readonly file: { readonly tensors: readonly Tensor[] };
}

/**
 * Every name that `layers` and `exclude` may match: names of layers and of tensors, analysed or not. A skipped layer is
 * listed under its tensor's name ("fc.weight"); the options may also name it by its own name ("fc").
 */
export function choosableNames({ layers, skipped, file }: PlanWithTensors): string[] {
  const own = layerNames(file.tensors).values();
  return [
    ...new Set([...layers.map(({ name }) => name), ...own, ...[...skipped, ...file.tensors].map(({ name }) => name)]),
  ];
}

/**
 * Throws `OptionError` for a glob of `layers` or `exclude` that matches no name of the input: a typing error, or a glob
 * meant for another file.
 */
export function assertChoicesMatch(
  { layers, exclude }: ResolvedOptions,
  model: { readonly names: () => readonly string[] },
): void {
  if (layers.length + exclude.length === 0) return;
  const names = model.names();
  for (const [option, globs] of Object.entries({ layers, exclude })) {
    const [glob] = unmatchedGlobs(globs, names);
    if (glob === undefined) continue;
    const examples = names.slice(0, MAX_EXAMPLES).map((name) => `"${name}"`);
    const available =
      examples.length === 0
        ? "there are none"
        : `names here are ${examples.join(", ")}${names.length > MAX_EXAMPLES ? ", ..." : ""}`;
    throw new OptionError(
      option,
      `"${glob}" matches no layer and no tensor; ${available} ("eigenscope describe" lists all)`,
    );
  }
}
