import type { FileSet, SharedFiles } from "../formats/index.js";
import { localFiles } from "./file-set.js";
import { globFiles } from "./glob-files.js";
import { type StdinPlace, stdinFiles } from "./stdin-files.js";

/**
 * Opens, in a worker, files that `localFiles`, `globFiles` or `stdinFiles` opened in another thread. A worker has
 * nothing else to do while it reads: synchronous reads spare it two turns of the event loop each.
 */
export async function openSharedFiles({ kind, path, digest }: SharedFiles): Promise<FileSet> {
  if (kind === "local") return localFiles(path as string, { synchronous: true });
  if (kind === "glob") return globFiles(path as string, { synchronous: true });
  if (kind === "stdin") return stdinFiles({ path, digest } as StdinPlace, { synchronous: true });
  throw new RangeError(`this thread cannot open files of kind "${kind}"`);
}
