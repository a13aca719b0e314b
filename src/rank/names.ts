import { baseName } from "./scores.js";

/**
 * A short name for each path: its file or folder name. If two are equal, every name keeps as many of the last parts of
 * its path as tell them apart. An extension that all have in common is left out. Equal paths have equal names.
 */
export function shortNames(paths: readonly string[]): string[] {
  const distinct = new Set(paths).size;
  const parts = paths.map((path) => path.replace(/(?<=.)[\\/]+$/, "").split(/[\\/]/));
  const longest = Math.max(1, ...parts.map(({ length }) => length));
  for (let kept = 1; kept <= longest; kept++) {
    const names = withoutExtension(parts.map((all) => all.slice(-kept).join("/")));
    if (new Set(names).size === distinct) return names;
  }
  return paths.slice();
}

/** The names without the extension that all of them have, if it leaves a name. */
function withoutExtension(names: readonly string[]): string[] {
  const [extension] = /\.[A-Za-z]\w*$/.exec(baseName(names[0] ?? "")) ?? [];
  const common = extension !== undefined && names.every((name) => name.endsWith(extension) && name !== extension);
  return common ? names.map((name) => name.slice(0, -extension.length)) : names.slice();
}
