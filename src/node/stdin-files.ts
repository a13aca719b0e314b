import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { shareable } from "../bytes/file-set.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { fileSource, type SourceOptions } from "./file-source.js";

/** What a file that came through stdin is called, in reports and messages: it has no name of its own. */
export const STDIN_NAME = "stdin";

/** Where the bytes of stdin can be read at any position. */
export interface StdinPlace {
  /** A regular file. */
  readonly path: string;
  /** A digest of the bytes, if they were copied to `path`. A file that is read in place has the time of its change. */
  readonly digest?: string | undefined;
}

/**
 * The one file that came through stdin, without siblings: what lies beside a redirected file is not looked at either,
 * so that `< file` and a pipe of the same bytes give the same report. Worker threads open it too.
 */
export function stdinFiles({ path, digest }: StdinPlace, { synchronous }: SourceOptions = {}): FileSet {
  const pathOf = (name: string): string => (name === STDIN_NAME ? path : join(dirname(path), name));
  const files: FileSet = {
    label: STDIN_NAME,
    entry: STDIN_NAME,
    list: async () => [STDIN_NAME],
    async open(name) {
      if (name === STDIN_NAME) return fileSource(path, STDIN_NAME, { synchronous });
      throw new FormatError("stdin is one file, with no other files beside it", {
        kind: "missing",
        file: name,
        remedy: "Name the file or the folder of the model instead of piping it.",
      });
    },
    pathOf,
    // By content, the same bytes continue a run that is kept in a folder.
    modified: async (name) => digest ?? String((await stat(pathOf(name), { bigint: true })).mtimeNs),
  };
  return shareable(files, { kind: "stdin", path, digest });
}
