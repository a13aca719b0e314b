import { basename, dirname, join } from "node:path";
import { shareable } from "../bytes/file-set.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { matchesGlob } from "../layers/glob.js";
import { localFiles } from "./file-set.js";
import type { SourceOptions } from "./file-source.js";

/** Whether the last part of a path is a pattern. */
export function isGlob(path: string): boolean {
  return hasWildcard(basename(path));
}

/** Whether a text is a pattern: it has one of the signs that `matchesGlob` takes for more than itself. */
export function hasWildcard(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * The files of one folder whose names match (`weights/*.safetensors`), as one model. Only the last part of the path is
 * a pattern; hidden files match only a pattern that begins with a dot. Rejects with a `FormatError` if nothing matches.
 */
export async function globFiles(path: string, options: SourceOptions = {}): Promise<FileSet> {
  const [folder, glob] = [dirname(path), basename(path)];
  const all = await localFiles(folder, options);
  const names = (await all.list()).filter(
    (name) => matchesGlob(name, glob) && (!name.startsWith(".") || glob.startsWith(".")),
  );
  if (names.length === 0) {
    throw new FormatError(`no file in ${folder} matches "${glob}"`, {
      kind: "missing",
      file: path,
      remedy: "Check the path.",
    });
  }
  if (names.length === 1) return localFiles(join(folder, names[0]), options);
  return shareable({ ...all, label: path, list: async () => names }, { kind: "glob", path });
}
