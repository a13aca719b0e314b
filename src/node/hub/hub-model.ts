import { basename } from "node:path";
import { weightFoldersBelow } from "../../formats/folders-below.js";
import { type FileSet, FormatError } from "../../formats/index.js";
import { isWeightsName } from "../../formats/weights-names.js";
import {
  type HubAccess,
  type HubName,
  hubFiles,
  hubOpener,
  type RemoteHost,
  shownHubName,
  usualFile,
} from "../../remote/index.js";
import { nodeRemoteHost } from "../remote-host.js";
import { type CachedCommit, cachedCommit } from "./hub-cache.js";
import { type HubOptions, type HubSettings, hubSettings } from "./hub-settings.js";

/**
 * A model of a hub: from the local cache if it is there, else by range requests. A shard that the cache lacks is read
 * from the hub, at the same commit. Nothing is written. A cached branch refers to the commit at the time of its
 * download. Rejects with a `FormatError` that says what is missing: the model, the revision, the file, the permission,
 * or the network that was forbidden.
 */
export async function hubModel(
  name: HubName,
  options: HubOptions = {},
  {
    signal,
    environment = process.env,
    host = nodeRemoteHost,
  }: { signal?: AbortSignal | undefined; environment?: NodeJS.ProcessEnv; host?: RemoteHost | undefined } = {},
): Promise<FileSet> {
  const settings = hubSettings(options, environment);
  const access = async (): Promise<HubAccess> => ({
    host,
    endpoint: settings.endpoint,
    signal,
    ...(await settings.token()),
  });
  const cached = await cachedCommit(name, settings.cacheFolder);
  if (cached !== undefined && holds(cached, name)) return cachedFiles(name, { cached, settings, access });
  if (settings.offline) {
    // A pipeline has its weights in folders, which the message names; only the hub knows whether all of them are here.
    const below =
      cached === undefined || name.file !== undefined ? [] : (await weightFoldersBelow(cached.files)).withWeights;
    if (below.length === 0) refuseOffline(name, cached, settings);
    return cachedFiles(name, { cached: cached!, settings, access });
  }
  return hubFiles(name, await access());
}

/** A cache may hold only the tokenizer of a model. */
function holds({ names }: CachedCommit, { file }: HubName): boolean {
  return file === undefined ? names.some(isWeightsName) : names.includes(file);
}

interface Sources {
  readonly cached: CachedCommit;
  readonly settings: HubSettings;
  readonly access: () => Promise<HubAccess>;
}

function cachedFiles(name: HubName, { cached, settings, access }: Sources): FileSet {
  const atCommit = { ...name, revision: cached.sha };
  let fromHub: Promise<FileSet["open"]> | undefined;
  return {
    label: shownHubName(atCommit),
    entry: name.file ?? usualFile(cached.names),
    list: async () => cached.names,
    pathOf: cached.files.pathOf,
    folders: async () => ((await cached.files.folders?.()) ?? []).map((folder) => labelled(folder, atCommit)),
    async open(file) {
      try {
        return await cached.files.open(file);
      } catch (cause) {
        if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
        if (settings.offline) refuseOffline({ ...atCommit, file }, cached, settings);
        fromHub ??= access().then((granted) => hubOpener(atCommit, granted));
        return (await fromHub)(file);
      }
    },
  };
}

/** A folder of the cache, labelled with its name on the hub. */
function labelled(files: FileSet, above: HubName): FileSet {
  const name = { ...above, file: undefined, folder: `${above.folder}${basename(files.label)}/` };
  return {
    ...files,
    label: shownHubName(name),
    folders: async () => ((await files.folders?.()) ?? []).map((folder) => labelled(folder, name)),
  };
}

function refuseOffline(name: HubName, cached: CachedCommit | undefined, { cacheFolder }: HubSettings): never {
  const what =
    cached === undefined
      ? "the model, or this revision of it, is"
      : name.file === undefined
        ? "its weights are"
        : "the file is";
  throw new FormatError(`${what} not in the cache (${cacheFolder}), and the network is disabled`, {
    kind: "missing",
    file: shownHubName(name),
    remedy: "Unset HF_HUB_OFFLINE, or download the model there first.",
  });
}
