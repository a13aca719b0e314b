import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ResolvedOptions, resolveOptions } from "../../analysis/options.js";
import { VERSION } from "../../analysis/version.js";
import { FormatError } from "../../formats/index.js";
import { writeOnce } from "../run/manifest.js";
import { assertSameOption } from "../run/same-run.js";

/** The file of a run's folder that says that it is the record of a watch. */
export const WATCH = "watch.json";
/** Raised when the files of a watch's folder change so that an older program would misread them. */
const WATCH_FORMAT = 1;
/** What a watch puts into its folder. */
const OWN = /^(watch\.json(\..*\.tmp)?|segments|events|claims|metrics\.jsonl|tensorboard)$/;

/** Options that decide which layers there are and how they are solved: the same for every reading of a record. */
const OF_THE_WATCH = [
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

/** Whether a folder looks like the record of a watch. */
export async function isWatchFolder(path: string): Promise<boolean> {
  const names: string[] = await readdir(path).catch(() => []);
  return names.includes(WATCH);
}

/** The manifest of a folder. Undefined if it has none. Rejects with a `FormatError` for a damaged or a later one. */
export async function readManifest(folder: string): Promise<WatchManifest | undefined> {
  const file = join(folder, WATCH);
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw cause;
  });
  if (text === undefined) return undefined;
  const refused = (reason: string): FormatError =>
    new FormatError(reason, { kind: "malformed", file, remedy: "Name another folder with --run." });
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

/**
 * Makes the folder of a watch, or joins it. Rejects with a `FormatError` if it holds other things, or the watch of
 * another folder; with an `OptionError` if it was begun with other options.
 */
export async function joinWatch(folder: string, watched: string, options: ResolvedOptions): Promise<void> {
  const asked = Object.fromEntries(OF_THE_WATCH.map((name) => [name, options[name]])) as WatchManifest["options"];
  if ((await readManifest(folder)) === undefined) {
    await mkdir(folder, { recursive: true });
    const other = (await readdir(folder)).find((name) => !OWN.test(name));
    if (other !== undefined)
      throw new FormatError(`holds ${other} and no watch`, {
        ...{ kind: "unsupported", file: folder },
        remedy: "Give a new or empty folder with --run.",
      });
    const manifest: WatchManifest = { format: WATCH_FORMAT, version: VERSION, watched, options: asked };
    await writeOnce(join(folder, WATCH), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  const kept = (await readManifest(folder)) as WatchManifest;
  if (resolve(kept.watched) !== resolve(watched))
    throw new FormatError(`is the record of ${kept.watched}`, {
      ...{ kind: "unsupported", file: folder },
      remedy: "Give another folder with --run.",
    });
  for (const name of OF_THE_WATCH) assertSameOption(name, [asked[name], kept.options[name]], folder);
}
