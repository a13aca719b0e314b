import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeviceName } from "../../bytes/portable-name.js";
import { homeOfLinks } from "../file-set.js";
import { fileError } from "../file-source.js";
import { isWithin } from "../native-path.js";
import { isRunFolder } from "../run/is-run-folder.js";
import { isWatchFolder } from "../watch/watch-manifest.js";
import { MAX_NAME_LENGTH } from "./limits.js";
import { Refusal } from "./refusal.js";

/**
 * What the command line serves: one weight file, a folder with all below it, the folder of a run or of a watch, or
 * nothing on disk
 * ("empty": the page then has what is dropped on it, and models of a hub).
 */
export type ServedKind = "file" | "folder" | "run" | "empty";

/** What is served. Names in requests are relative to `root`, with "/" between segments; "." is the root itself. */
export interface Served {
  readonly kind: ServedKind;
  /** What the user named. */
  readonly label: string;
  /** The folder, as the user would name it; of a file, the folder that it lies in. */
  readonly root: string;
  /** The one name that is served, of a file or a run. Undefined: everything below the root. */
  readonly only?: string;
}

/** The name of the root itself. */
export const ROOT = ".";

/** Finds out what is to be served. Rejects with a `FormatError` if there is nothing of that name. */
export async function servedAt(path: string | undefined): Promise<Served> {
  if (path === undefined) return { kind: "empty", label: "", root: ROOT, only: "" };
  const found = await stat(path).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  if (!found.isDirectory()) return { kind: "file", label: path, root: dirname(path), only: basename(path) };
  if ((await isRunFolder(path)) || (await isWatchFolder(path)))
    return { kind: "run", label: path, root: path, only: ROOT };
  return { kind: "folder", label: path, root: path };
}

/**
 * The path of a name in a request, as the user would write it; undefined if there is nothing of that name. Rejects with
 * a `Refusal` for a name that is not served: above the root, hidden, or a link that leads out of it.
 */
export async function servedPath({ kind, root, only }: Served, name: string): Promise<string | undefined> {
  if (only !== undefined && name !== only) return undefined;
  if (kind === "file") return join(root, name);
  assertPlain(name);
  const path = name === ROOT ? root : join(root, name);
  const actual = await realpath(path).catch(() => undefined);
  if (actual === undefined) return undefined;
  await assertBelow(root, actual, name);
  return path;
}

/** Rejects with a `Refusal` if a real path is not below the root. */
export async function assertBelow(root: string, actual: string, name: string): Promise<void> {
  if (!(await isBelow(root, actual)))
    throw new Refusal(403, `"${name}" is a link that leads out of the folder that is served.`);
}

/** Whether a real path is below the root, or within the same entry of a hub's cache. */
export async function isBelow(root: string, actual: string): Promise<boolean> {
  return isWithin(actual, homeOfLinks(await realpath(root)));
}

/** Throws a `Refusal` for a name that leads elsewhere: on Windows also to a device or a stream. */
export function assertPlain(name: string, platform: NodeJS.Platform = process.platform): void {
  if (name === ROOT) return;
  if (name.length > MAX_NAME_LENGTH) throw new Refusal(400, "The name is too long.");
  if (/[\\\p{Cc}]/u.test(name)) throw new Refusal(400, "The name has characters that no name of a file has here.");
  const segments = name.split("/");
  if (segments.includes("..")) throw new Refusal(403, "Only what lies below the served folder is read.");
  if (segments.some((part) => part === "" || part.startsWith(".")))
    throw new Refusal(403, "Names begin below the served folder, and hidden files are not read.");
  if (platform === "win32" && segments.some((part) => part.includes(":") || isDeviceName(part)))
    throw new Refusal(403, "The name is one of a device, or of a stream of a file.");
}
