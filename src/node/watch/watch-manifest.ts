import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ResolvedOptions } from "../../analysis/options.js";
import {
  OF_THE_WATCH,
  parseWatch,
  WATCH,
  WATCH_FORMAT,
  type WatchManifest,
} from "../../analysis/run/watch-manifest.js";
import { VERSION } from "../../analysis/version.js";
import { FormatError } from "../../formats/index.js";
import { writeOnce } from "../run/manifest.js";
import { assertSameOption } from "../run/same-run.js";

/** What a watch puts into its folder. */
const OWN = /^(watch\.json(\..*\.tmp)?|segments|events|claims|metrics\.jsonl|tensorboard)$/;

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
  return parseWatch(text, { file, remedy: "Name another folder with --run." });
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
