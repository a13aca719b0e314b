import type { FileSet, WeightFile } from "../formats/index.js";
import { CONFIG_NAMES } from "./configs-beside.js";

/**
 * What is known after every input is opened and planned, before any work. It is enough to check that no output
 * overwrites an input.
 */
export interface OpenedInputs {
  /**
   * Local paths of every file of the inputs: shards, external data, the base, and the configuration files next to them,
   * read or not.
   */
  readonly paths: readonly string[];
  /** The layers that will be analysed. */
  readonly layers: readonly { readonly index: number; readonly name: string }[];
}

/** Called with the opened inputs before any work. If it throws, no work is done. */
export type OnOpened = (opened: OpenedInputs) => void | Promise<void>;

/** Local paths of an opened model's files and of the configuration files that may lie next to them. */
export function pathsOf(files: FileSet, { files: parts }: WeightFile): string[] {
  const { pathOf } = files;
  return pathOf === undefined ? [] : [...parts.map(({ name }) => name), ...CONFIG_NAMES].map((name) => pathOf(name));
}
