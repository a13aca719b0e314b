import type { ByteSource } from "./byte-source.js";

/**
 * How another thread opens the same files: plain data, which structured cloning copies. `kind` says which adapter made
 * it; its thread's adapter reads the rest.
 */
export interface SharedFiles {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/**
 * The files that a reader may open: the one that the user named, and its siblings in the same folder. A reader can
 * reach no other file.
 *
 * Names are relative to the folder, with `/` between segments. An adapter refuses absolute names, `..` and schemes.
 */
export interface FileSet {
  /** What the user named, for messages and reports: a path, a URL, a file name. */
  readonly label: string;
  /** The file that the user named; undefined if the user named a folder. */
  readonly entry?: string | undefined;
  /**
   * All file names of the folder (not recursive unless an adapter says so), in byte order. An adapter for a single file
   * lists that file.
   */
  list(): Promise<readonly string[]>;
  /** Opens one file. Rejects with a `FormatError` of kind "missing" if it does not exist. */
  open(name: string): Promise<ByteSource>;
  /**
   * The subfolders, each as a file set of its own, with the label that a user would type. Absent if the adapter has
   * none.
   */
  readonly folders?: (() => Promise<readonly FileSet[]>) | undefined;
  /** The path of one file on this machine, whether or not it exists. Absent if the files are elsewhere. */
  readonly pathOf?: ((name: string) => string) | undefined;
  /** When a file was last changed, in a form that only serves to be compared. Absent if the adapter does not know. */
  readonly modified?: ((name: string) => Promise<string>) | undefined;
}

/**
 * Which file sets another thread can open too. It is no property: a copy of a set with another `open`, one that
 * decrypts perhaps, must not be opened without it.
 */
const SHARED = new WeakMap<FileSet, SharedFiles>();

/** The files, which another thread opens as `how` says. */
export function shareable(files: FileSet, how: SharedFiles): FileSet {
  SHARED.set(files, how);
  return files;
}

/** What another thread needs to open the same files. Undefined if only this thread can. */
export function sharedFiles(files: FileSet): SharedFiles | undefined {
  return SHARED.get(files);
}
