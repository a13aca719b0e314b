import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isWeightsName } from "../formats/weights-names.js";

/** A reference holds a commit or the name of a folder. */
const MAX_REFERENCE_BYTES = 256;

/**
 * The folder that holds the model of a folder. If a tool keeps several states and a file that names the current one, it
 * is that one. Two such layouts are known. An entry of the hub's cache (`models--org--name`): `refs/main` names a
 * folder of
 * `snapshots/`, or there is only one. A checkpoint of DeepSpeed: `latest` names a folder beside it, and no weights are
 * beside it. Any other folder is returned unchanged.
 */
export async function modelFolder(path: string): Promise<string> {
  const snapshots = join(path, "snapshots");
  const only = basename(path).startsWith("models--") ? await onlyFolder(snapshots) : undefined;
  const commit = (await nameIn(join(path, "refs", "main"))) ?? only;
  if (commit !== undefined && (await isFolder(join(snapshots, commit)))) return join(snapshots, commit);
  const latest = await nameIn(join(path, "latest"));
  if (latest === undefined || !(await isFolder(join(path, latest)))) return path;
  const beside = await readdir(path, { withFileTypes: true }).catch(() => []);
  return beside.some((item) => !item.isDirectory() && isWeightsName(item.name)) ? path : join(path, latest);
}

/** The plain name of a folder that a small file holds; undefined if the file does not exist or holds something else. */
async function nameIn(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_REFERENCE_BYTES) return undefined;
    const text = (await readFile(file, "utf8")).trim();
    return /^[A-Za-z0-9][\w.=+-]*$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

async function onlyFolder(path: string): Promise<string | undefined> {
  const found = await readdir(path, { withFileTypes: true }).catch(() => []);
  const folders = found.filter((item) => item.isDirectory());
  return folders.length === 1 ? folders[0].name : undefined;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
