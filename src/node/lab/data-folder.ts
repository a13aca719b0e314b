import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { DATA_SETS, type DataFolder, type DataSetName, missingDataSet } from "../../lab/index.js";
import { fileError } from "../file-source.js";
import { OLD_NAME } from "../old-name.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Folders below the named one that may hold the files of a data set: as their archives unpack, and as torchvision
 * stores them.
 */
const USUAL_FOLDERS: Readonly<Record<DataSetName, readonly string[]>> = {
  synthetic: [],
  mnist: ["", "mnist", "MNIST/raw", "raw"],
  "fashion-mnist": ["", "fashion-mnist", "FashionMNIST/raw", "raw"],
  cifar10: ["", "cifar10", "cifar-10-batches-bin"],
};

/** The folder for fetched data sets: XDG_CACHE_HOME, else the platform's cache folder. */
export function dataCache(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  name = "eigenscope",
): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, name, "data");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", name, "data");
  if (platform === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, name, "Cache", "data");
  return join(homedir(), ".cache", name, "data");
}

/**
 * The folder of a data set: below the one that the user named, else in the cache. Undefined for the built-in task. If
 * its first file does not exist, rejects with the `FormatError` that says how to get it.
 */
export async function dataFolder(set: DataSetName, named: string | undefined): Promise<DataFolder | undefined> {
  const { layout } = DATA_SETS[set];
  if (layout === null) return undefined;
  const first = layout.kind === "idx" ? layout.train.images : layout.train[0];
  // What was fetched under the project's old name need not be fetched again.
  const caches = [dataCache(), dataCache(process.env, process.platform, OLD_NAME)];
  for (const cache of named === undefined ? caches : [named]) {
    for (const below of USUAL_FOLDERS[set]) {
      const folder = filesOf(join(cache, below));
      if ((await folder.has(first)) || (await folder.has(`${first}.gz`))) return folder;
    }
  }
  throw missingDataSet(set, named === undefined ? undefined : { label: named, name: first });
}

function filesOf(label: string): DataFolder & { has(name: string): Promise<boolean> } {
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    try {
      return new Uint8Array(await readFile(join(label, name)));
    } catch (cause) {
      if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw fileError(cause, join(label, name));
    }
  };
  const has = (name: string): Promise<boolean> =>
    stat(join(label, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  return { label, read, has };
}
