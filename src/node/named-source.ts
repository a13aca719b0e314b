import type { FileSource } from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { type InputOptions, namedFiles, type OnHost } from "./open-input.js";

/** An adapter's base, named like any input. */
export interface OnBase {
  /**
   * The model for which `input`, a low-rank adapter, was made. The layers that the adapter changes are then analysed
   * with it, as W + dW. A layer that the base does not have rejects with a `FormatError` that names it.
   */
  readonly base?: string | FileSet | undefined;
}

/** Where the files of an input come from. */
export function sourceOf(input: string | FileSet, options: InputOptions & OnHost): FileSource {
  return typeof input === "string" ? () => namedFiles(input, options) : input;
}

/** `--revision` applies to the adapter. Give the base's revision in its name: org/model@revision. */
export function baseOf({ base, hub, signal, host }: OnBase & InputOptions & OnHost): FileSource | undefined {
  return base === undefined ? undefined : sourceOf(base, { hub: { ...hub, revision: undefined }, signal, host });
}
