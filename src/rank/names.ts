import { baseName } from "./scores.js";

/**
 * A short name for each path: its file or folder name. If two are equal, every name keeps as many of the last parts of
 * its path as tell them apart. Equal paths keep equal names.
 */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.replace(/(?<=.)[\\/]+$/, "").split(/[\\/]/));
  const longest = Math.max(0, ...parts.map(({ length }) => length));
  for (let kept = 1; kept < longest; kept++) {
    const names = parts.map((all) => all.slice(-kept).join("/"));
    if (new Set(names).size === new Set(paths).size) return kept === 1 ? paths.map(baseName) : names;
  }
  return paths.slice();
}
