import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type FileSet, FormatError } from "../../formats/index.js";
import { DEFAULT_REVISION, type HubName } from "../../remote/index.js";
import { localFiles } from "../file-set.js";

/** A commit of a model, as far as it was downloaded. */
export interface CachedCommit {
  readonly sha: string;
  readonly files: FileSet;
  readonly names: readonly string[];
}

/**
 * The cached files of huggingface_hub for a model, or for the named folder of it:
 * `models--org--name/refs/<revision>` names the commit, and `snapshots/<commit>/` has its files, as links into `blobs/`
 * of the same model; links that lead elsewhere do not open. Undefined if nothing is cached.
 */
export async function cachedCommit(
  { repository, revision = DEFAULT_REVISION, folder }: HubName,
  cache: string,
): Promise<CachedCommit | undefined> {
  const home = join(cache, `models--${repository.replace("/", "--")}`);
  const sha = isCommit(revision) ? revision : await shaOf(join(home, "refs", ...revision.split("/")));
  if (sha === undefined) return undefined;
  try {
    const files = await localFiles(join(home, "snapshots", sha, folder));
    return { sha, files, names: await files.list() };
  } catch (cause) {
    if (cause instanceof FormatError && cause.kind === "missing") return undefined;
    throw cause;
  }
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

async function shaOf(ref: string): Promise<string | undefined> {
  try {
    const text = (await readFile(ref, "utf8")).trim();
    return isCommit(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
