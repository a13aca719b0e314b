import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { naturalOrder } from "../../bytes/natural-order.js";
import { isTrainingState, isWeightsName } from "../../formats/weights-names.js";
import { modelsIn } from "../models-in.js";
import { nameBelow } from "../native-path.js";
import { isRunFolder } from "../run/is-run-folder.js";
import { isWatchFolder } from "../watch/watch-manifest.js";
import { MAX_LISTED_FILES } from "./limits.js";
import { Refusal } from "./refusal.js";
import { isBelow, ROOT, type Served, servedPath } from "./served.js";

/** A folder, the folder of a run or of a watch, or a file that may hold weights. */
export interface ListedFile {
  readonly kind: "folder" | "run" | "watch" | "weights";
  /** The name without its folder. */
  readonly name: string;
  /** The name by which requests ask for it. */
  readonly path: string;
  /** Of a file. */
  readonly bytes?: number;
  /** When it was last changed: milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What a folder holds for this program. */
export interface Listing {
  readonly dir: string;
  /** In natural order, folders first. */
  readonly entries: readonly ListedFile[];
  /** Files beyond the most that are listed. */
  readonly more: number;
}

/**
 * Lists the folders, runs and weight files in a folder below the root. Hidden files are not listed, and no links that
 * lead out of the root. Rejects with a `Refusal` if the folder is not served.
 */
export async function listFiles(served: Served, dir: string): Promise<Listing> {
  if (served.only !== undefined) return listOnly(served, dir);
  const folder = await servedPath(served, dir);
  if (folder === undefined || !(await stat(folder)).isDirectory())
    throw new Refusal(404, `There is no folder "${dir}" in ${served.label}.`);
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && !/[\\\p{Cc}]/u.test(name));
  const entries: ListedFile[] = [];
  let more = 0;
  for (const name of names.sort(naturalOrder)) {
    if (entries.length >= MAX_LISTED_FILES) more++;
    else {
      const path = dir === ROOT ? name : `${dir}/${name}`;
      const found = await listed(join(folder, name), path, isWeights(name));
      if (found !== undefined && (await isServed(served.root, join(folder, name)))) entries.push(found);
    }
  }
  const rank = ({ kind }: ListedFile): number => (kind === "weights" ? 1 : 0);
  return { dir, entries: entries.sort((a, b) => rank(a) - rank(b)), more };
}

async function listOnly(served: Served, dir: string): Promise<Listing> {
  if (dir !== ROOT) throw new Refusal(404, "Only one model is served.");
  const { kind, root, only = "" } = served;
  // A file that was named on the command line is one of weights, whatever its name.
  const found = kind === "empty" ? undefined : await listed(join(root, only), only, true);
  return { dir, entries: found === undefined ? [] : [found], more: 0 };
}

function isWeights(name: string): boolean {
  return isWeightsName(name) && !isTrainingState(name);
}

/** What lies at a path. Undefined for what is neither a folder nor a file of weights. */
async function listed(at: string, path: string, isFileListed: boolean): Promise<ListedFile | undefined> {
  const found = await stat(at).catch(() => undefined);
  if (found === undefined) return undefined;
  const common = { name: basename(path === ROOT ? at : path), path, modifiedMs: found.mtimeMs };
  if (found.isDirectory()) return { kind: await kindOfFolder(at), ...common };
  return found.isFile() && isFileListed ? { kind: "weights", bytes: found.size, ...common } : undefined;
}

async function kindOfFolder(path: string): Promise<"folder" | "run" | "watch"> {
  if (await isWatchFolder(path)) return "watch";
  return (await isRunFolder(path)) ? "run" : "folder";
}

async function isServed(root: string, path: string): Promise<boolean> {
  const actual = await realpath(path).catch(() => undefined);
  return actual !== undefined && isBelow(root, actual);
}

/** A model that can be opened right away. */
export interface SessionEntry {
  /** The name by which requests ask for it. */
  readonly id: string;
  readonly label: string;
  readonly kind: "model" | "run" | "watch";
  readonly bytes?: number;
}

/**
 * The models that lie in the root itself: the folder, if it is one model, else each of its models and runs. What lies
 * deeper is found by `listFiles`.
 */
export async function sessionEntries(served: Served): Promise<SessionEntry[]> {
  const { entries } = await listFiles(served, ROOT);
  const models = entries.filter(({ kind }) => kind === "weights");
  const runs = entries.filter(({ kind }) => kind === "run" || kind === "watch").map(entryOf);
  if (served.kind !== "folder" || models.length === 0) return [...runs, ...models.map(entryOf)];
  const found = (await modelsIn(served.root)).map(({ path }) => nameBelow(path, served.root));
  if (found.includes(""))
    return [{ id: ROOT, label: basename(served.root) || served.label, kind: "model", bytes: bytesOf(models) }, ...runs];
  return [...runs, ...models.map(entryOf)];
}

function entryOf({ kind, name, path, bytes }: ListedFile): SessionEntry {
  return {
    id: path,
    label: name,
    kind: kind === "run" || kind === "watch" ? kind : "model",
    ...(bytes !== undefined && { bytes }),
  };
}

function bytesOf(files: readonly ListedFile[]): number {
  return files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}
