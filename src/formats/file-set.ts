import type { ByteSource } from "./byte-source.js";

/**
 * The files that a reader may open: what the user named, and its siblings in the same folder. Nothing else exists for a
 * reader.
 *
 * Names are relative to the folder, with `/` between segments. An adapter refuses absolute names, `..` and schemes.
 */
export interface FileSet {
  /** What the user named, for messages and reports: a path, a URL, a file name. */
  readonly label: string;
  /** The file that the user named; undefined where a folder was named. */
  readonly entry?: string;
  /**
   * All file names of the folder (not recursive unless an adapter says so), in byte order. A single-file adapter lists
   * that file.
   */
  list(): Promise<readonly string[]>;
  /** Opens one file. Rejects with a `FormatError` of kind "missing" where there is none. */
  open(name: string): Promise<ByteSource>;
  /**
   * The folders in this one, each as a file set of its own, labelled as a user would name it. Absent where an adapter
   * knows of none.
   */
  folders?(): Promise<readonly FileSet[]>;
  /** The path of one file on this machine, whether or not it exists. Absent where the files are elsewhere. */
  pathOf?(name: string): string;
}
