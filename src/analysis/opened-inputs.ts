import type { FileSet, WeightFile } from "../formats/index.js";
import { CONFIG_NAMES } from "./configs-beside.js";

/**
 * What is known once every input is open and its layers are planned, before any work: enough to tell whether an output
 * would overwrite an input.
 */
export interface OpenedInputs {
  /**
   * Paths on this machine of every file that takes part: shards, external data, the base, and the configurations beside
   * them, read or not.
   */
  readonly paths: readonly string[];
  /** The layers that will be analysed. */
  readonly layers: readonly { readonly index: number; readonly name: string }[];
}

/** Called with what was opened, before any work. What it throws ends the work. */
export type OnOpened = (opened: OpenedInputs) => void | Promise<void>;

/** Paths on this machine of an opened model's files and of the configurations that may lie beside them. */
export function pathsOf(files: FileSet, { files: parts }: WeightFile): string[] {
  const { pathOf } = files;
  return pathOf === undefined ? [] : [...parts.map(({ name }) => name), ...CONFIG_NAMES].map((name) => pathOf(name));
}
