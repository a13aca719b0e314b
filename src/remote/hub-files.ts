import { siblingName } from "../bytes/sibling-name.js";
import { type FileSet, FormatError } from "../formats/index.js";
import { isWeightsName } from "../formats/weights-names.js";
import { remoteAddress, shownAddress } from "./address.js";
import { readWhole } from "./body.js";
import { openerOf } from "./http-source.js";
import { DEFAULT_REVISION, type HubName, isPlainPath, shownHubName } from "./hub-name.js";
import { explainHub } from "./hub-refusals.js";
import type { RemoteHost } from "./remote-host.js";
import { failedAnswer, request, type Site, siteOf } from "./request.js";
import { withRetries } from "./retry.js";
import { addressOfName } from "./sibling-address.js";
import { usualFile } from "./usual-files.js";

/** The public hub. HF_ENDPOINT names another one (a mirror, a company's own). */
export const PUBLIC_HUB = "https://huggingface.co";

/** A listing of a hundred thousand files; the largest models have some thousand. */
const MAX_LISTING_BYTES = 16 * 2 ** 20;

export interface HubAccess {
  readonly host: RemoteHost;
  /** Default: the public hub. */
  readonly endpoint?: string | undefined;
  /** Sent to the endpoint's host only. */
  readonly token?: string;
  /** The origin of the token, for messages ("HF_TOKEN"). */
  readonly tokenOrigin?: string;
  readonly signal?: AbortSignal | undefined;
}

/** One commit of a model: the commit of a revision, and the names of all its files. */
export interface HubCommit {
  readonly sha: string;
  readonly names: readonly string[];
}

/**
 * Asks the hub for the commit of a revision. Rejects with a `FormatError` that says whether the model, the revision or
 * the permission is missing.
 */
export async function hubCommit(name: HubName, access: HubAccess): Promise<HubCommit> {
  const { repository, revision = DEFAULT_REVISION } = name;
  const endpoint = endpointOf(access);
  const address = new URL(`${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}`);
  const listing = await readJson(address, siteOfHub(name, access));
  const { sha, siblings } = (listing ?? {}) as { readonly sha?: unknown; readonly siblings?: unknown };
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
    throw new FormatError("the answer is not a listing of a model", {
      kind: "unreadable",
      file: shownAddress(address),
      remedy: "Is HF_ENDPOINT the address of a Hugging Face hub?",
    });
  }
  const names = siblings.map((sibling) => (sibling as { readonly rfilename?: unknown } | null)?.rfilename);
  return {
    sha,
    names: names.filter((found): found is string => typeof found === "string" && isPlainPath(found)).sort(),
  };
}

/**
 * A model of a hub as a `FileSet`: its revision is resolved once, to a commit, and its files are read by ranges. If no
 * file is named, it is the one that the hub's own libraries would load, else all files whose names look like weights.
 */
export async function hubFiles(name: HubName, access: HubAccess): Promise<FileSet> {
  const commit = await hubCommit(name, access);
  const here = commit.names
    .filter((path) => path.startsWith(name.folder))
    .map((path) => path.slice(name.folder.length));
  if (name.file !== undefined && !here.includes(name.file)) {
    throw new FormatError("the repository has no such file", {
      kind: "missing",
      file: shownHubName({ ...name, revision: commit.sha }),
      remedy: oneOf(here.filter((path) => !path.includes("/") && isWeightsName(path))),
    });
  }
  return commitFiles({ ...name, revision: commit.sha }, commit.names, access);
}

/** The files of a folder of a commit, whose names are known, and its subfolders. */
function commitFiles(name: HubName, all: readonly string[], access: HubAccess): FileSet {
  const names = all.filter((path) => path.startsWith(name.folder)).map((path) => path.slice(name.folder.length));
  const here = names.filter((path) => !path.includes("/"));
  const folders = [
    ...new Set(names.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/") + 1)] : []))),
  ];
  return {
    label: shownHubName(name),
    entry: name.file ?? usualFile(here),
    list: async () => here.filter(isWeightsName),
    open: hubOpener(name, access),
    folders: async () => folders.map((folder) => commitFiles({ ...name, folder: name.folder + folder }, all, access)),
  };
}

/** Opens the files of a commit by name, without listing them; `name.revision` is the commit. */
export function hubOpener(name: HubName, access: HubAccess): FileSet["open"] {
  const revision = encodeURIComponent(name.revision ?? DEFAULT_REVISION);
  const base = `${endpointOf(access)}/${name.repository}/resolve/${revision}/`;
  const open = openerOf(siteOfHub(name, access));
  return async (file) =>
    open(new URL(base + addressOfName(name.folder + siblingName(file, "", { file: shownHubName(name) }))));
}

/** The hub's address, validated, without a slash at its end. */
export function endpointOf({ endpoint = PUBLIC_HUB }: Pick<HubAccess, "endpoint">): string {
  return shownAddress(remoteAddress(endpoint)).replace(/\/+$/, "");
}

function siteOfHub(name: HubName, access: HubAccess): Site {
  const { host, token, tokenOrigin = "the token", signal } = access;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new FormatError(
      `${tokenOrigin} is not a valid token: it contains blanks or other characters that no token has`,
      {
        kind: "unreadable",
      },
    );
  }
  return siteOf(new URL(endpointOf(access)), {
    host,
    signal,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    explain: explainHub(name, {
      endpoint: endpointOf(access),
      tokenOrigin: token === undefined ? undefined : tokenOrigin,
    }),
  });
}

async function readJson(address: URL, site: Site): Promise<unknown> {
  const shown = shownAddress(address);
  const attempt = async (signal: AbortSignal): Promise<unknown> => {
    const { response, target } = await request(
      { url: address, trusted: true },
      { site, headers: { accept: "application/json" }, signal },
    );
    if (response.status !== 200) throw failedAnswer(response, { site, url: address });
    const text = await readWhole(response, target.url, MAX_LISTING_BYTES);
    try {
      if (text !== undefined) return JSON.parse(new TextDecoder().decode(text));
    } catch {
      // A proxy or a login page sends something other than JSON; the caller reports it.
    }
    return undefined;
  };
  return site.inLane(() => withRetries(attempt, { host: site.host, shown, signal: site.signal }));
}

function oneOf(names: readonly string[]): string {
  if (names.length === 0) return "It has no file there that looks like weights.";
  return `It has ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}.`;
}
