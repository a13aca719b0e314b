import { OptionError, type Tensor } from "../formats/index.js";
import { type LayerPlan, layerNames, unmatchedGlobs } from "../layers/index.js";
import type { ResolvedOptions } from "./options.js";

/** Names that a message shows as examples. */
const SHOWN = 3;

/** A plan, or what was planned of a base, with the tensors that it was made of. */
interface Named extends LayerPlan {
  readonly file: { readonly tensors: readonly Tensor[] };
}

/**
 * Every name that `layers` and `exclude` may choose by: those of layers and of tensors, whether they are analysed or
 * not. A layer that is left out is listed under its tensor's name ("fc.weight"), and may still be asked for under its
 * own ("fc").
 */
export function choosableNames({ layers, skipped, file }: Named): string[] {
  const own = layerNames(file.tensors).values();
  return [...new Set([...layers.map(({ name }) => name), ...own, ...[...skipped, ...file.tensors].map(({ name }) => name)])];
}

/**
 * Throws `OptionError` for a glob of `layers` or `exclude` that matches no name of the input: it was mistyped, or meant
 * for another file.
 */
export function assertChoicesMatch({ layers, exclude }: ResolvedOptions, names: readonly string[]): void {
  for (const [option, globs] of Object.entries({ layers, exclude })) {
    const [glob] = unmatchedGlobs(globs, names);
    if (glob === undefined) continue;
    const examples = names.slice(0, SHOWN).map((name) => `"${name}"`);
    const seen = examples.length === 0 ? "there are none" : `names here are ${examples.join(", ")}${names.length > SHOWN ? ", ..." : ""}`;
    throw new OptionError(option, `"${glob}" matches no layer and no tensor; ${seen} ("weightscope describe" lists all)`);
  }
}
