import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILT = existsSync(join(ROOT, "dist/node/index.js"));
if (!BUILT) console.warn("SKIPPED: what the package ships, because dist/ is not built (npm run build)");

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly bin: { readonly eigenscope: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const IMPORT =
  /(?:^|[\s;}])(?:import|export)\b[^"'`;()]*?\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|^import\s*"([^"]+)"/gm;
const WORKER = /new URL\("([^"]+)",\s*import\.meta\.url\)/g;

/** All modules that the subpaths load, sooner or later, and the packages that they import. */
function loaded(): { readonly modules: readonly string[]; readonly packages: ReadonlySet<string> } {
  const targets = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(targets);
  const stack = Object.values(manifest.exports)
    .flatMap(targets)
    .filter((path) => path.endsWith(".js"))
    .map((path) => join(ROOT, path));
  const modules = new Set<string>();
  const packages = new Set<string>();
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    if (modules.has(path)) continue;
    modules.add(path);
    const text = readFileSync(path, "utf8");
    const names = [...text.matchAll(IMPORT), ...text.matchAll(WORKER)].map(([, ...found]) => found.find(Boolean) ?? "");
    for (const name of names) {
      if (!name.startsWith(".")) {
        if (!name.startsWith("node:")) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
      } else if (name.endsWith(".js")) stack.push(join(dirname(path), name));
    }
  }
  return { modules: [...modules].map((path) => relative(ROOT, path).split(sep).join("/")), packages };
}

describe.runIf(BUILT)("what is installed", () => {
  const { modules, packages } = loaded();

  it("has every module that a subpath loads: only the command's own, which are in its bundle, are left out", () => {
    expect(modules.length).toBeGreaterThan(900);
    const excluded = manifest.files.filter((name) => name.startsWith("!dist/")).map((name) => `${name.slice(1)}/`);
    expect(excluded.length).toBeGreaterThan(4);
    expect(modules.filter((name) => excluded.some((folder) => name.startsWith(folder)))).toEqual([]);
    expect(manifest.bin.eigenscope).toBe("dist/bundle/eigenscope.cjs");
  });

  // sirv is in the bundle. It is installed all the same: one of its packages has no licence file to copy beside it.
  it("comes with the packages that these modules import, and with sirv", () => {
    const optional = Object.keys(manifest.peerDependencies);
    expect([...packages, "sirv"].filter((name) => !optional.includes(name)).sort()).toEqual(
      Object.keys(manifest.dependencies).sort(),
    );
  });
});
