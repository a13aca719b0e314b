import { FormatError } from "../../formats/index.js";

/** What stands in the way of a run's folder, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "this, or a part of its path, is not a folder",
  EISDIR: "is a folder, where the run keeps a file",
  EEXIST: "exists already, and is not what the run keeps there",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the name is too long",
};

/**
 * An error of the file system in a run's folder as a `FormatError`, if it comes from what lies there. Any other error
 * (a full disk, a folder without permission) as it is, with the path that it lacks.
 */
export function folderError(cause: unknown, folder: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const { code, path = folder } = cause as NodeJS.ErrnoException;
  // Errors of an open file do not name it.
  if (code === undefined || !Object.hasOwn(REASONS, code)) return Object.assign(cause, code !== undefined && { path });
  return new FormatError(REASONS[code], {
    kind: "unreadable",
    file: path,
    remedy: "Name another folder for the run.",
    cause,
  });
}

/** Does something in a run's folder; errors are those of `folderError`. */
export async function inRunFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw folderError(cause, folder);
  }
}
