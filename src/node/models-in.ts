import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileSource } from "../analysis/index.js";
import { naturalOrder } from "../bytes/natural-order.js";
import { FormatError, openWeightFile } from "../formats/index.js";
import { isTrainingState, isWeightsName } from "../formats/weights-names.js";
import { matchesGlob } from "../layers/glob.js";
import { localModel } from "./file-set.js";
import { hasWildcard } from "./glob-files.js";
import { modelFolder } from "./model-folder.js";
import { partsOf } from "./native-path.js";
import { type InputOptions, namedFiles } from "./open-input.js";

/** A model that was found under what the user named. */
export interface FoundModel {
  /** As the user would name it. */
  readonly path: string;
  readonly files: FileSource;
}

/** Checkpoints of a run lie at most this deep below it: out/run/checkpoint-500/global_step500. */
const MAX_DEPTH = 4;
/** More models than this were probably not meant. */
const MAX_MODELS = 10_000;
/** Folders that hold a step of a training, by their names. */
export const STEP_FOLDER = /^(?:checkpoint|ckpt|step|epoch|iter|iteration|global_step)s?[-_.]?\d+$/i;
/** The number of a shard in a name, and of how many. */
export const SHARD = /-\d{5}-of-(\d{5})(?=\.)/;

/** The glob of the set of shards that a file belongs to; of another file its name. */
export function shardSet(name: string): string {
  return name.replace(SHARD, "-?????-of-$1");
}
/** The parts of a TensorFlow checkpoint; its `.index` stands for them. */
const TENSORFLOW_DATA = /\.data-\d{5}-of-\d{5}$/;

/**
 * The models under a name, in natural order. A file is one model, and so is an address or a model of a hub. A glob is
 * everything that it matches, in any part of the path. A folder is one model if `analyze` reads it as one. Else every
 * weight file in it is a model, or every folder below that holds weights. Folders named as steps ("checkpoint-500")
 * count even beside weights, before them. Of a folder that the lab wrote, the checkpoints count. What does not exist
 * gives a model that rejects when it is opened.
 */
export async function modelsIn(name: string, options: InputOptions = {}): Promise<FoundModel[]> {
  const { signal } = options;
  if (await kindOf(name)) return modelsAt(name, { signal, depth: 0 });
  const matches = hasWildcard(name) && !/^[a-z][a-z0-9+.-]+:/i.test(name) ? await globbed(name) : [];
  if (matches.length === 0) return [{ path: name, files: () => namedFiles(name, options) }];
  const found: FoundModel[] = [];
  for (const match of matches) found.push(...(await modelsAt(match, { signal, depth: 0 })));
  return unique(found);
}

interface Search {
  readonly signal?: AbortSignal | undefined;
  readonly depth: number;
}

async function modelsAt(path: string, search: Search): Promise<FoundModel[]> {
  search.signal?.throwIfAborted();
  if ((await kindOf(path)) !== "folder") return [fileModel(path)];
  if ((await modelFolder(path)) !== path) return [folderModel(path)];
  const items = await readdir(path, { withFileTypes: true }).catch(() => []);
  const visible = items.filter(({ name }) => !name.startsWith("."));
  const folders = visible.filter((item) => item.isDirectory()).map(({ name }) => name);
  const names = visible.filter((item) => !item.isDirectory()).map(({ name }) => name);
  const lab = labFolder(names, folders);
  if (lab !== undefined) return modelsBelow(path, [lab], search);
  const weights = names.filter((name) => isWeightsName(name) && !isTrainingState(name)).sort(naturalOrder);
  if (weights.length === 0) {
    const below = await modelsBelow(path, folders, search);
    return below.length > 0 || search.depth > 0 ? below : [folderModel(path)];
  }
  const steps = await modelsBelow(
    path,
    folders.filter((name) => STEP_FOLDER.test(name)),
    search,
  );
  return [...steps, ...((await isOneModel(path, weights, search)) ? [folderModel(path)] : filesOf(path, weights))];
}

async function modelsBelow(path: string, folders: readonly string[], search: Search): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  if (search.depth >= MAX_DEPTH) return found;
  for (const name of [...folders].sort(naturalOrder)) {
    found.push(...(await modelsAt(join(path, name), { ...search, depth: search.depth + 1 })));
    if (found.length > MAX_MODELS)
      throw new FormatError(`more than ${MAX_MODELS} models lie below it`, {
        ...{ kind: "unsupported", file: path },
        remedy: "Name a folder further down.",
      });
  }
  return found;
}

/**
 * The folder that holds a run's checkpoints, or a sweep's runs: beside them lie spectra and states, which are no
 * models.
 */
export function labFolder(names: readonly string[], folders: readonly string[]): string | undefined {
  if (names.includes("run.json") && folders.includes("checkpoints")) return "checkpoints";
  return names.includes("experiment.json") && folders.includes("runs") ? "runs" : undefined;
}

/** Whether `analyze` reads the folder as one model: one file, an index, one set of shards, or what its readers join. */
async function isOneModel(path: string, weights: readonly string[], { signal }: Search): Promise<boolean> {
  if (weights.some((name) => name.endsWith(".index.json"))) return true;
  if (new Set(weights.map((name) => name.replace(SHARD, ""))).size === 1) return true;
  try {
    const opened = await openWeightFile(await localModel(path), { signal });
    await opened.close();
    return true;
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof FormatError)) throw cause;
    return false;
  }
}

/** Each weight file of a folder as a model; each set of shards as one. */
function filesOf(path: string, weights: readonly string[]): FoundModel[] {
  const models = weights.filter((name) => !TENSORFLOW_DATA.test(name)).map((name) => fileModel(join(path, name)));
  return unique(models);
}

/** One file, or all shards of the set that the file belongs to. */
function fileModel(path: string): FoundModel {
  const shards = shardSet(path);
  return shards === path ? { path, files: () => localModel(path) } : { path: shards, files: () => namedFiles(shards) };
}

function folderModel(path: string): FoundModel {
  return { path, files: () => localModel(path) };
}

/** Every path that a glob matches, one part of it after the other. Hidden names need a pattern with a dot. */
async function globbed(pattern: string): Promise<string[]> {
  const { root, parts } = partsOf(pattern);
  let paths = [root];
  for (const part of parts) {
    const next: string[] = [];
    for (const path of paths) {
      if (!hasWildcard(part)) {
        const joined = path === "" ? part : join(path, part);
        if (await kindOf(joined)) next.push(joined);
        continue;
      }
      const names = await readdir(path === "" ? "." : path).catch(() => []);
      const matching = names.filter(
        (name) => matchesGlob(name, part) && (!name.startsWith(".") || part.startsWith(".")),
      );
      next.push(...matching.sort(naturalOrder).map((name) => (path === "" ? name : join(path, name))));
    }
    paths = next;
  }
  return paths;
}

function unique(models: readonly FoundModel[]): FoundModel[] {
  return [...new Map(models.map((model) => [model.path, model])).values()];
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? "folder" : "file";
}
