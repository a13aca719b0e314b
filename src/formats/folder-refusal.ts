import { FormatError, type FormatErrorKind, printable } from "../bytes/errors.js";
import type { FileSet } from "../bytes/file-set.js";
import { type DetectedFormat, READABLE } from "./detection.js";
import { weightFoldersBelow } from "./folders-below.js";
import { trainerParts } from "./trainer-parts.js";
import { isTrainingState } from "./weights-names.js";

/** The number of files that a message names before "and n more". */
const MAX_LISTED = 5;

/** A file of a folder and the format that its first bytes show. */
export interface FolderFile extends DetectedFormat {
  readonly name: string;
}

/**
 * The error for a folder without a readable file: it names the subfolders with weights, if there are any; else it lists
 * the contents.
 */
export async function refuseNothing(inspected: readonly FolderFile[], files: FileSet): Promise<never> {
  const { withWeights, visited } = await weightFoldersBelow(files);
  // Labels are paths, of Windows too.
  const folders = withWeights.map(({ label }) => label.replaceAll("\\", "/"));
  const ranks = trainerParts(folders);
  if (ranks !== undefined) {
    const last = folders.map((folder) => folder.slice(folder.lastIndexOf("/") + 1));
    refuse(`${list(last)} in it are ${ranks.what}`, files, ranks.remedy, "unsupported");
  }
  if (withWeights.length > 0) {
    const each = withWeights.map(({ label, names: [first, ...rest] }) => {
      const more = rest.length > 0 ? ` and ${rest.length} more` : "";
      return `${printable(label)} (${printable(first)}${more})`;
    });
    refuse(
      "the folder itself holds no weights, but its subfolders do",
      files,
      `Name one of them: ${list(each)}.`,
      "missing",
    );
  }
  if (inspected.length === 0) {
    const what =
      visited === 0 ? "the folder is empty" : "the folder holds only subfolders, and no weights were found in them";
    refuse(what, files, "Name a weight file or the folder that holds it.");
  }
  const states = inspected.filter(({ name, reader }) => reader !== undefined && isTrainingState(name));
  if (states.length > 0) {
    const what = list(states.map(({ name }) => name));
    const parts = trainerParts(states.map(({ name }) => name));
    if (parts !== undefined) refuse(`the folder holds ${parts.what}: ${what}`, files, parts.remedy, "unsupported");
    refuse(
      `the folder holds the state of a training run, but no weights: ${what}`,
      files,
      "To read the file anyway, name it.",
    );
  }
  const known = inspected.filter((file) => file.foreign !== undefined);
  const found = known.length > 0 ? known.map(describeFile) : inspected.map((file) => file.name);
  const remedies = new Set(known.map((file) => file.foreign?.remedy));
  throw new FormatError(`no file of the folder can be read; it holds ${list(found)}`, {
    kind: known.some((file) => file.foreign?.weights) ? "unsupported" : "unknown-format",
    file: files.label,
    remedy: remedies.size === 1 ? [...remedies][0] : `Readable formats are ${READABLE}.`,
  });
}

/** Throws a `FormatError` for a folder. */
export function refuse(
  reason: string,
  files: FileSet,
  remedy?: string,
  kind: FormatErrorKind = "unknown-format",
): never {
  throw new FormatError(reason, { kind, file: files.label, remedy });
}

/** The name of a file, and what it is if it holds no weights. */
export function describeFile({ name, foreign }: FolderFile): string {
  return foreign === undefined ? name : `${name} (${foreign.what})`;
}

/** The first names of a list, and how many more there are. */
export function list(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED;
  return rest > 0 ? `${names.slice(0, MAX_LISTED).join(", ")} and ${rest} more` : names.join(", ");
}
