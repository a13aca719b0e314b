import { realpath, stat } from "node:fs/promises";
import nodePath, { isAbsolute, type PlatformPath, resolve } from "node:path";
import { FormatError } from "../../formats/index.js";
import { isRemoteAddress } from "../../remote/index.js";
import { fileError } from "../file-source.js";
import { nameBelow, slashed } from "../native-path.js";
import { hubModelInput, localModelInput, type ModelInput } from "../serve/model-input.js";
import { Refusal } from "../serve/refusal.js";
import { ROOT, type Served } from "../serve/served.js";
import { liesBelow, type ModelFinder } from "../serve/several-models.js";

/** A folder that an agent may read below. */
export interface Folder extends Served {
  readonly kind: "folder";
  /** Its path without links. Agents may name files by it, too. */
  readonly actual: string;
}

/** The folders that a server may read below. Rejects with a `FormatError` for what is no folder. */
export async function foldersAt(paths: readonly string[]): Promise<Folder[]> {
  return Promise.all(paths.map(folderAt));
}

async function folderAt(path: string): Promise<Folder> {
  const found = await stat(path).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  if (!found.isDirectory())
    throw new FormatError("is not a folder", {
      kind: "unsupported",
      file: path,
      remedy: "Name the folder that the agent may read below.",
    });
  return { kind: "folder", label: path, root: resolve(path), actual: await realpath(path) };
}

/** A name as one of the folders knows it. */
export interface Place {
  readonly folder: Folder;
  /** Relative to the folder, with "/" between segments; "." is the folder itself. */
  readonly name: string;
}

/**
 * Where a name of an agent may lie: an absolute path in the folder that it begins with, a relative one below each
 * folder. Whether it is there, and whether a link leads out, is decided later (`servedPath`). Throws a `Refusal` for an
 * absolute path outside. The last parameter is for tests.
 */
export function placesOf(folders: readonly Folder[], name: string, native: PlatformPath = nodePath): Place[] {
  if (!native.isAbsolute(name)) return folders.map((folder) => ({ folder, name: plain(slashed(name, native)) }));
  for (const folder of folders)
    for (const root of [folder.root, folder.actual]) {
      const below = nameBelow(name, root, native);
      if (below !== undefined) return [{ folder, name: plain(below) }];
    }
  throw new Refusal(403, `"${name}" is outside the folders that this server may read: ${labels(folders)}.`);
}

/** Without "./" in front and "/" behind. */
function plain(name: string): string {
  return name.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "") || ROOT;
}

function labels(folders: readonly Folder[]): string {
  return folders.map(({ root }) => root).join(", ");
}

/**
 * Finds the models that an agent names: below the folders, and of hubs only with `network`. Without it no request
 * leaves this machine, whatever the name.
 */
export function agentFinder(folders: readonly Folder[], { network }: { readonly network: boolean }): ModelFinder {
  return {
    async find(name, signal): Promise<ModelInput> {
      if (isRemoteAddress(name) && !network)
        throw new Refusal(403, "Addresses are read only by a server that was started with --network.");
      const places = isRemoteAddress(name) ? [] : placesOf(folders, name);
      for (const place of places) {
        const input = await localModelInput(place.folder, place.name);
        if (input !== undefined) return input;
      }
      if (network && !isAbsolute(name)) return hubModelInput(folders, name, signal);
      const hub = network ? "" : " Models of a hub are read only by a server that was started with --network.";
      throw new Refusal(404, `There is no "${name}" below ${labels(folders)}.${hub}`);
    },
    async holds(path) {
      for (const folder of folders) if (await liesBelow(folder, path)) return true;
      return false;
    },
  };
}
