import { shareable, sharedFiles } from "../../bytes/file-set.js";
import type { FileSet } from "../../formats/index.js";

/**
 * The same files, where `modified` says when a file was last changed before it was opened first. A worker that opens
 * it again then sees any change since, and refuses it, as an open file refuses to be read on.
 */
export function stampedFiles(files: FileSet): FileSet {
  if (files.modified === undefined) return files;
  const stamps = new Map<string, Promise<string>>();
  const modified = (name: string): Promise<string> => (files.modified as NonNullable<FileSet["modified"]>)(name);
  const { label, entry } = files;
  const shared = sharedFiles(files);
  const stamped: FileSet = {
    ...{ label, entry, list: () => files.list() },
    ...(files.folders !== undefined && { folders: () => (files.folders as NonNullable<FileSet["folders"]>)() }),
    ...(files.pathOf !== undefined && {
      pathOf: (name: string) => (files.pathOf as NonNullable<FileSet["pathOf"]>)(name),
    }),
    async open(name) {
      if (!stamps.has(name)) {
        const stamp = modified(name);
        stamps.set(name, stamp);
        await stamp.catch(() => stamps.delete(name));
      }
      return files.open(name);
    },
    modified: (name) => stamps.get(name) ?? modified(name),
  };
  return shared === undefined ? stamped : shareable(stamped, shared);
}
