import type { FileSet, SharedFiles } from "../formats/index.js";
import { localFiles } from "./file-set.js";
import { globFiles } from "./glob-files.js";

/** Opens, in a worker, files that `localFiles` or `globFiles` opened in another thread. */
export async function openSharedFiles({ kind, path }: SharedFiles): Promise<FileSet> {
  if (kind === "local") return localFiles(path as string);
  if (kind === "glob") return globFiles(path as string);
  throw new RangeError(`this thread cannot open files of kind "${kind}"`);
}
