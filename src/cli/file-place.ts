import { type BigIntStats, fstatSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Where a file lies, whatever it is called: two names with a key in common are one file. */
export interface Place {
  /** As it was named, for messages. */
  readonly path: string;
  /** The path with all links followed, and device and inode where the file exists. */
  readonly keys: readonly string[];
  /** A regular file that exists. */
  readonly exists: boolean;
}

/**
 * The place of a file, or of one that does not exist yet. Undefined for devices, pipes and folders: writing to them
 * replaces nothing.
 */
export async function placeOf(path: string): Promise<Place | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return { path, keys: [await realPlace(path)], exists: false };
  return found.isFile() ? { path, keys: [await realPlace(path), ...inodeKey(found)], exists: true } : undefined;
}

/** The file that stdout is redirected to; undefined for a terminal or a pipe. */
export function stdoutPlace(): Place | undefined {
  try {
    const found = fstatSync(1, { bigint: true });
    return found.isFile() ? { path: "stdout", keys: inodeKey(found), exists: true } : undefined;
  } catch {
    // Closed.
    return undefined;
  }
}

/** Are both names of one file? */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.keys.some((key) => b.keys.includes(key));
}

/** Device and inode as a key. Some network file systems give every file the inode 0, which tells nothing: no key. */
export function inodeKey({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string[] {
  return ino === 0n ? [] : [`inode ${dev}:${ino}`];
}

/** The path with all links followed; where its last parts do not exist yet, those are added as they are. */
export async function realPlace(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(await realPlace(folder), basename(absolute));
  }
}
