import nodePath, { type PlatformPath } from "node:path";

// What depends on how the system writes paths. The last parameter is for tests: `path.win32` on any system.

/**
 * Whether a path is a folder, or lies in it. Both are absolute; links count only if they are followed before. On
 * Windows capital and small letters are the same.
 */
export function isWithin(path: string, folder: string, native: PlatformPath = nodePath): boolean {
  return nameBelow(path, folder, native) !== undefined;
}

/**
 * The name of a path below a folder, with "/" between its parts; "" is the folder itself, undefined what lies
 * elsewhere.
 */
export function nameBelow(path: string, folder: string, native: PlatformPath = nodePath): string | undefined {
  const below = native.relative(folder, path);
  // On Windows, the way to another drive is an absolute path.
  const isOutside = below === ".." || below.startsWith(`..${native.sep}`) || native.isAbsolute(below);
  return isOutside ? undefined : slashed(below, native);
}

/** A relative path with "/" between its parts. On POSIX a backslash is a character of a name. */
export function slashed(path: string, { sep }: PlatformPath = nodePath): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** Where a path begins ("/", "C:\", "" for the working directory), and its parts after that. */
export function partsOf(path: string, { parse, sep }: PlatformPath = nodePath): { root: string; parts: string[] } {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep === "/" ? "/" : /[\\/]/);
  return { root, parts: parts.filter((part) => part !== "") };
}

/** A path as a key: equal for what is the same file, on file systems that do not tell capital from small letters. */
export function pathKey(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === "win32" || platform === "darwin" ? path.toLowerCase() : path;
}
