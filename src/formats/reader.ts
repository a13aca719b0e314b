import type { ByteSource } from "../bytes/byte-source.js";
import type { FileSet } from "../bytes/file-set.js";
import { OptionError } from "../bytes/option-error.js";
import type { Pace } from "../bytes/pace.js";
import type { WeightFile } from "./tensor.js";

/**
 * A file of the set that was opened. Whoever opened it closes it; for readers `openWeightFile` does, also for files
 * that they open themselves.
 */
export interface OpenedFile {
  readonly name: string;
  readonly source: ByteSource;
}

/** How a weight file is opened; the same for every format. */
export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Paces all work on the file's structure, and bounds it. Default: a new one for this file. */
  readonly pace?: Pace;
  /**
   * Refuse pickles (PyTorch) that name code beyond what weights need, instead of reading it as inert data with a
   * warning. Default false.
   */
  readonly strictPickle?: boolean;
  /**
   * Which part of a nested checkpoint (PyTorch) holds the weights: a path of keys ("ema.state_dict"), "" for all of it.
   * Default: the usual keys decide.
   */
  readonly root?: string | undefined;
}

/**
 * The interface of a format reader; there is one per format. Detection is by content: `recognises` sees the head of the
 * entry file, never its extension alone.
 */
export interface FormatReader {
  readonly format: string;
  /** Whether `OpenOptions.root` applies to this format, whose files are nested. If not, a root is refused. */
  readonly takesRoot?: boolean | undefined;
  /**
   * True if these first bytes (up to 4096; fewer only if the file is shorter) can only, or most likely, be this format.
   * `name` may break a tie, never decide.
   */
  recognises(head: Uint8Array, name: string, byteLength: number): boolean;
  /**
   * Reads the directory of tensors. Throws `FormatError`. Sources that it opens through `files` are closed by
   * `openWeightFile`, when the weight file is closed or the opening fails; its own `close` only needs to release other
   * resources.
   */
  open(entry: OpenedFile, files: FileSet, options?: OpenOptions): Promise<WeightFile>;
  /**
   * Reads several files of one folder as one model (shards without an index, one array per file). Absent: such a folder
   * is ambiguous.
   */
  openTogether?(entries: readonly OpenedFile[], files: FileSet, options?: OpenOptions): Promise<WeightFile>;
}

/** Throws `OptionError` for a root ("" is everything) if `what`, a format, is not nested. */
export function refuseRoot(what: string, { root = "" }: OpenOptions): void {
  if (root !== "")
    throw new OptionError(
      "root",
      `found "${root}", but ${what} is not nested: it has no parts to choose from; leave it out`,
    );
}
