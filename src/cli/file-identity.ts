import { type BigIntStats, fstatSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathKey } from "../node/files.js";

/** Identifies a file whatever its name: two names with a common key are the same file. */
export interface FileIdentity {
  /** The path as given, for messages. */
  readonly path: string;
  /** The key of the path with all links followed (`pathKey`), and device and inode where the file exists. */
  readonly keys: readonly string[];
  /** The path with all links followed. Undefined for stdout, whose path nobody knows. */
  readonly real?: string;
  /** Whether it is an existing regular file. */
  readonly exists: boolean;
}

/**
 * The identity of a file, which may not exist yet. Undefined for devices, pipes and folders: writing to them replaces
 * nothing.
 */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  const real = await realPathOf(path);
  if (found === undefined) return { path, real, keys: [pathKey(real)], exists: false };
  return found.isFile() ? { path, real, keys: [pathKey(real), ...inodeKey(found)], exists: true } : undefined;
}

/** The file that stdout is redirected to. Undefined for a terminal or a pipe. */
export function stdoutIdentity(): FileIdentity | undefined {
  try {
    const found = fstatSync(1, { bigint: true });
    return found.isFile() ? { path: "stdout", keys: inodeKey(found), exists: true } : undefined;
  } catch {
    // stdout is closed.
    return undefined;
  }
}

/** Whether both are the same file. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.keys.some((key) => b.keys.includes(key));
}

/** Device and inode as a key. No key for the inode 0, which some network file systems give to every file. */
export function inodeKey({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string[] {
  return ino === 0n ? [] : [`inode ${dev}:${ino}`];
}

/** The path with all links followed. Parts at its end that do not exist yet are kept. */
export async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(await realPathOf(folder), basename(absolute));
  }
}
