import { type FileSet, FormatError } from "../../formats/index.js";
import type { RunEvent } from "../events/run-event.js";
import { folderWith, readEvents, wholeOf } from "./dropped-files.js";
import { parseWatch, WATCH } from "./watch-manifest.js";

/** The record of a watch that was dropped or chosen. */
export interface WatchFolder {
  /** The folder that was watched, as it was named. */
  readonly watched: string;
  /** Of all watches: those of each in their order, each event once. */
  readonly events: readonly RunEvent[];
}

/** Whether files hold the record of a watch: a watch.json, at the top or below. */
export async function isWatchFolder(files: FileSet): Promise<boolean> {
  return folderWith(WATCH, await files.list()) !== undefined;
}

/**
 * Reads the record of a watch from its files, without a file system. `files` lists the files of subfolders with `/`, as
 * `uploadedFiles` does. Rejects with a `FormatError` if there is none, or if it is damaged or of a later version.
 */
export async function readWatchFolder(files: FileSet): Promise<WatchFolder> {
  const folder = folderWith(WATCH, await files.list());
  if (folder === undefined)
    throw new FormatError("there is no record of a watch here", {
      kind: "missing",
      file: files.label,
      remedy: `Give the whole folder that eigenscope watch has written: it holds ${WATCH} and events.`,
    });
  const file = `${folder}${WATCH}`;
  const remedy = "Use the program that has written it, or watch again into another folder.";
  const { watched } = parseWatch(new TextDecoder().decode(await wholeOf(files, file)), { file, remedy });
  return { watched, events: await readEvents(files, folder) };
}
