import { realpath, stat } from "node:fs/promises";
import type { FileSet } from "../../formats/index.js";
import { isWeightsName } from "../../formats/weights-names.js";
import {
  endpointOf,
  type HubName,
  isRemoteAddress,
  parseHubAddress,
  parseHubName,
  remoteAddress,
  shownHubName,
} from "../../remote/index.js";
import { localFiles } from "../file-set.js";
import { hubModel } from "../hub/hub-model.js";
import { hubSettings } from "../hub/hub-settings.js";
import { modelFolder } from "../model-folder.js";
import { isRunFolder } from "../run/is-run-folder.js";
import { isWatchFolder } from "../watch/watch-manifest.js";
import { explained } from "./explained.js";
import { Refusal } from "./refusal.js";
import { assertBelow, type Served, servedPath } from "./served.js";

/** What a name in a request means. */
export type ModelInput =
  | {
      readonly kind: "files";
      readonly label: string;
      readonly files: FileSet;
      /** Where it lies, as the user would write it. Absent for a model of a hub. */
      readonly path?: string;
    }
  | { readonly kind: "run" | "watch"; readonly label: string; readonly folder: string };

/**
 * The model that a request names: a path below what is served, or a model of a hub, by its name or its web address.
 * What is on disk has precedence. Rejects with a `Refusal` that says why it cannot be had; nothing outside the served
 * folder is looked at, wherever the server was started.
 */
export async function modelInput(served: Served, name: string, signal?: AbortSignal): Promise<ModelInput> {
  return (await localModelInput(served, name)) ?? hubModelInput([served], name, signal);
}

/** The model at a path below what is served; undefined if there is nothing of the name. Rejects like `modelInput`. */
export async function localModelInput(served: Served, name: string): Promise<ModelInput | undefined> {
  // "org/model:unet/" and web addresses are names of a hub only.
  const path = name.includes(":") && hubNameOf(name) !== undefined ? undefined : await servedPath(served, name);
  return path === undefined ? undefined : localInput(served, path, name);
}

/** The model of a hub that a request names, if none of the folders has anything of the name. */
export async function hubModelInput(
  folders: readonly Served[],
  name: string,
  signal?: AbortSignal,
): Promise<ModelInput> {
  const hub = hubNameOf(name);
  for (const served of folders) if (hub === undefined || (await looksLocal(served, hub))) throw notFound(served, name);
  return explained(async () => ({
    kind: "files",
    label: shownHubName(hub as HubName),
    files: await hubModel(hub as HubName, {}, { signal }),
  }));
}

async function localInput(served: Served, path: string, name: string): Promise<ModelInput> {
  const isFolder = (await stat(path)).isDirectory();
  if (isFolder && (await isWatchFolder(path))) return { kind: "watch", label: path, folder: path };
  if (isFolder && (await isRunFolder(path))) return { kind: "run", label: path, folder: path };
  const model = await modelFolder(path);
  if (served.kind !== "file") await assertBelow(served.root, await realpath(model), name);
  return explained(async () => ({ kind: "files", label: path, files: await localFiles(model), path }));
}

function hubNameOf(name: string): HubName | undefined {
  if (!isRemoteAddress(name)) return parseHubName(name);
  const { endpoint } = hubSettings({}, process.env);
  const hub = parseHubAddress(remoteAddress(name), new URL(endpointOf({ endpoint })));
  if (hub === undefined)
    throw new Refusal(
      400,
      "Of addresses, only those of models of the hub are read here. Others: eigenscope analyze <address>.",
    );
  return hub;
}

/** A mistyped path must not be requested from a network. */
async function looksLocal(served: Served, { repository }: HubName): Promise<boolean> {
  if (isWeightsName(repository)) return true;
  const folder = repository.slice(0, repository.indexOf("/"));
  return (await servedPath(served, folder)) !== undefined;
}

function notFound({ kind, label }: Served, name: string): Refusal {
  const sentence =
    kind === "empty"
      ? `No folder is served, and "${name}" is not the name of a model of a hub. ` +
        "Give a folder to eigenscope serve, or drop the file on the page."
      : `There is no "${name}" in ${label}.`;
  return new Refusal(404, sentence);
}
