import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_NAMES } from "../../analysis/configs-beside.js";
import { naturalOrder } from "../../bytes/natural-order.js";
import { FormatError } from "../../formats/index.js";
import { isTrainingState, isWeightsName } from "../../formats/weights-names.js";
import { fileError } from "../file-source.js";
import { labFolder, STEP_FOLDER, shardSet } from "../models-in.js";
import { isRunFolder } from "../run/is-run-folder.js";
import { TRAINER_STATE } from "./step-of.js";
import { isWatchFolder } from "./watch-manifest.js";

/** A checkpoint of a training that is there, complete or not. */
export interface FoundCheckpoint {
  /** The path below the watched folder, with "/" between its parts: the same at every look. */
  readonly name: string;
  /** What is analysed: a file, the glob of a set of shards, or a folder. */
  readonly path: string;
  readonly kind: "file" | "shards" | "folder";
  /** The files whose state is looked at: weights, their index, and configurations that say how they are read. */
  readonly files: readonly string[];
  /** What its trainer writes with it, often after the weights: trainer_state.json, and the states of the training. */
  readonly beside: readonly string[];
}

/** Checkpoints lie at most this deep below the watched folder: version_0/checkpoints/epoch=3.ckpt. */
const MAX_DEPTH = 4;
/** The files of one checkpoint lie at most this deep below its folder: checkpoint-500/global_step500. */
const MAX_DEPTH_OF_FILES = 2;
/** More folders than this are not a training's. */
const MAX_FOLDERS = 10_000;
/** Beside the names of `modelsIn`: Lightning's sharded checkpoints are folders, "epoch=0-step=10.ckpt". */
const CHECKPOINT_FOLDER = /\.ckpt$/i;
/** Files that say which files belong together, beside those with an ending of weights. */
const INDEX = /^\.metadata$/;

/**
 * The checkpoints in a training's folder, in natural order: each weight file, each set of shards, and each folder that
 * is named as a step ("checkpoint-500") or holds an index of shards. Of a run of the lab, its checkpoints; of a sweep
 * with one run, those of that run. Hidden names, names that begin with "tmp", and the folders of runs are not looked
 * into. Rejects with a `FormatError` if the folder cannot be listed, or is a sweep of several runs.
 */
export async function findCheckpoints(folder: string, signal?: AbortSignal): Promise<FoundCheckpoint[]> {
  const search: Search = { folders: 0, signal };
  try {
    const found = await checkpointsIn(folder, "", 0, search);
    return found.sort((a, b) => naturalOrder(a.name, b.name));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    if (code !== "ENOENT") throw fileError(cause, folder);
    throw new FormatError("there is no such folder yet", {
      ...{ kind: "missing", file: folder, cause },
      remedy: "Check the path; if the training is still to make the folder, make it first.",
    });
  }
}

interface Search {
  folders: number;
  readonly signal?: AbortSignal | undefined;
}

interface Listed {
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

async function checkpointsIn(path: string, below: string, depth: number, search: Search): Promise<FoundCheckpoint[]> {
  search.signal?.throwIfAborted();
  if (++search.folders > MAX_FOLDERS)
    throw new FormatError(`more than ${MAX_FOLDERS} folders lie below it`, {
      ...{ kind: "unsupported", file: path },
      remedy: "Name the folder of one training.",
    });
  const { names, folders } = await listed(path, depth > 0);
  const lab = await labRun(path, names, folders);
  if (lab !== undefined) return checkpointsIn(join(path, lab), joined(below, lab), depth + 1, search);
  const weights = names.filter((name) => isWeightsName(name) && !isTrainingState(name));
  const isWhole = weights.some((name) => name.endsWith(".index.json"));
  const found = isWhole ? [indexedFolder(path, below, weights, names)] : filesOf(path, below, weights, names);
  if (depth >= MAX_DEPTH) return found;
  for (const name of folders) {
    const [at, named] = [join(path, name), joined(below, name)];
    if ((await isWatchFolder(at)) || (await isRunFolder(at))) continue;
    if (STEP_FOLDER.test(name) || CHECKPOINT_FOLDER.test(name)) {
      const whole = await wholeFolder(at, named);
      if (whole.files.length > 0) found.push(whole);
    } else found.push(...(await checkpointsIn(at, named, depth + 1, search)));
  }
  return found;
}

/** What a folder holds. A folder below the watched one may be gone by now. */
async function listed(path: string, mayBeGone: boolean): Promise<Listed> {
  const items = await readdir(path, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (mayBeGone) return [];
    throw cause;
  });
  const visible = items.filter(({ name }) => INDEX.test(name) || !/^(\.|tmp)/i.test(name));
  return {
    names: visible.filter((item) => !item.isDirectory()).map(({ name }) => name),
    folders: visible.filter((item) => item.isDirectory()).map(({ name }) => name),
  };
}

/** The folder below which the checkpoints of the lab lie: those of one run. */
async function labRun(path: string, names: readonly string[], folders: readonly string[]): Promise<string | undefined> {
  const lab = labFolder(names, folders);
  if (lab !== "runs") return lab;
  const runs = (await listed(join(path, lab), true)).folders;
  if (runs.length > 1)
    throw new FormatError(`the sweep has ${runs.length} runs, and a watch reads one training`, {
      ...{ kind: "unsupported", file: path },
      remedy: `Name the folder of one of them, such as ${join(path, lab, [...runs].sort(naturalOrder)[0])}.`,
    });
  return runs.length === 1 ? `${lab}/${runs[0]}` : lab;
}

/** A folder whose index joins the weights in it; what lies below it is not of this checkpoint. */
function indexedFolder(
  path: string,
  below: string,
  weights: readonly string[],
  names: readonly string[],
): FoundCheckpoint {
  const files = [...weights, ...configsAmong(names)].map((name) => join(path, name)).sort();
  return { name: below === "" ? "." : below, path, kind: "folder", files, beside: besideAmong(path, names) };
}

/** All files of weights below a folder, as one checkpoint. */
async function wholeFolder(path: string, name: string): Promise<FoundCheckpoint> {
  return { name, path, kind: "folder", ...(await filesBelow(path, 0)) };
}

async function filesBelow(path: string, depth: number): Promise<Pick<FoundCheckpoint, "files" | "beside">> {
  const { names, folders } = await listed(path, true);
  const own = names.filter((name) => (isWeightsName(name) && !isTrainingState(name)) || INDEX.test(name));
  const configs = own.length === 0 ? [] : configsAmong(names);
  const files = [...own, ...configs].map((name) => join(path, name));
  const beside = besideAmong(path, names);
  if (depth < MAX_DEPTH_OF_FILES)
    for (const name of folders) {
      const below = await filesBelow(join(path, name), depth + 1);
      files.push(...below.files);
      beside.push(...below.beside);
    }
  return { files: files.sort(), beside: beside.sort() };
}

function besideAmong(path: string, names: readonly string[]): string[] {
  return names.filter((name) => name === TRAINER_STATE || isTrainingState(name)).map((name) => join(path, name));
}

function configsAmong(names: readonly string[]): string[] {
  return CONFIG_NAMES.filter((name) => names.includes(name));
}

/** Each weight file of a folder as a checkpoint; each set of shards as one. */
function filesOf(path: string, below: string, weights: readonly string[], names: readonly string[]): FoundCheckpoint[] {
  const groups = new Map<string, string[]>();
  for (const name of weights) {
    const group = shardSet(name);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const beside = names.includes(TRAINER_STATE) ? [join(path, TRAINER_STATE)] : [];
  return [...groups].map(([group, members]) => ({
    name: joined(below, group),
    path: join(path, group),
    kind: group === members[0] ? "file" : "shards",
    files: [...members.sort(), ...configsAmong(names)].map((name) => join(path, name)),
    beside,
  }));
}

function joined(below: string, name: string): string {
  return below === "" ? name : `${below}/${name}`;
}
