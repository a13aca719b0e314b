import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import nodePath, { join, type PlatformPath } from "node:path";

/** Names of files of settings, JSON all of them. Of those in one folder, the first with settings counts. */
export const SETTINGS_FILES = [
  ".eigenscoperc",
  ".eigenscoperc.json",
  "eigenscope.config.json",
  "package.json",
] as const;

/** Nobody writes that many settings; a larger file is something else. */
export const MAX_SETTINGS_BYTES = 2 ** 20;

export interface Search {
  readonly from?: string;
  readonly home?: string;
  /** For tests. */
  readonly native?: PlatformPath;
}

/**
 * The folders where settings are looked for, the nearest first: from the working directory up to the root of its
 * repository (the folder with .git) or the home folder. If it lies in neither, only the working directory: what others
 * put into /tmp or / does not count.
 */
export function foldersToSearch({ from = process.cwd(), home = homedir(), native = nodePath }: Search = {}): string[] {
  const { dirname, relative, resolve } = native;
  const start = resolve(from);
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    // A path of Windows may begin with "c:" or "C:".
    if (relative(folder, resolve(home)) === "" || exists(join(folder, ".git"))) return folders;
    if (folder === dirname(folder)) return [start];
  }
}

/**
 * The files of a folder that may hold settings: regular files, and a package.json only if something in it is called
 * "eigenscope" and is an object: it is a dependency of many more. Cheap, because every command does it.
 */
export function settingsIn(folder: string): string[] {
  return SETTINGS_FILES.filter((name) => {
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
    return name !== "package.json" || hasSection(path);
  });
}

function hasSection(path: string): boolean {
  try {
    return /"eigenscope"\s*:\s*\{/.test(readFileSync(path, "latin1"));
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
