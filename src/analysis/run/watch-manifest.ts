import { FormatError } from "../../formats/index.js";
import { type ResolvedOptions, resolveOptions } from "../options.js";

/** The file of a run's folder that says that it is the record of a watch. */
export const WATCH = "watch.json";
/** Raised when the files of a watch's folder change so that an older program would misread them. */
export const WATCH_FORMAT = 1;

/** Options that decide which layers there are and how they are solved: the same for every reading of a record. */
export const OF_THE_WATCH = [
  ...(["layers", "exclude", "minEigenvalues", "conv", "fused", "root", "strictPickle"] as const),
  ...(["engine", "precision", "seed"] as const),
];

/** watch.json. */
export interface WatchManifest {
  readonly format: number;
  readonly version: string;
  /** The folder that is watched, as it was named first. */
  readonly watched: string;
  readonly options: Pick<ResolvedOptions, (typeof OF_THE_WATCH)[number]>;
}

/** Reads the text of watch.json. Throws a `FormatError` with this remedy for a damaged or a later one. */
export function parseWatch(
  text: string,
  { file, remedy }: { readonly file: string; readonly remedy: string },
): WatchManifest {
  const refused = (reason: string): FormatError => new FormatError(reason, { kind: "malformed", file, remedy });
  let found: WatchManifest;
  try {
    found = JSON.parse(text);
    resolveOptions(found.options);
  } catch {
    throw refused("is damaged: it does not say what is watched");
  }
  if (typeof found.watched !== "string") throw refused("is damaged: it does not say what is watched");
  if (found.format !== WATCH_FORMAT)
    throw refused(`was written by version ${found.version} of the program, in format ${found.format}`);
  return found;
}
