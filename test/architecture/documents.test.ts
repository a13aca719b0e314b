import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const manifest = JSON.parse(read("package.json"));

/** Every file of the project with such an ending, by its path from the root. */
function filesOf(folders: readonly string[], ending: RegExp): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, path).replaceAll("\\", "/"))
      .filter((path) => ending.test(path) && !path.includes("node_modules")),
  );
}

const ROOMS = ["src", "docs", "scripts", "bench", "examples", "kernels", "native", "schema", "test"];
const AT_ROOT = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
const DOCUMENTS = [...AT_ROOT, ...filesOf(ROOMS, /\.md$/)];

/** Targets of the links and pictures of a Markdown text, without their fragments. */
function linksOf(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1].split("#")[0])
    .filter((target) => target !== "");
}

const isAbsolute = (target: string): boolean => /^[a-z]+:/.test(target);

describe("the documents", () => {
  it.each(DOCUMENTS)("%s links only to files that are there", (path) => {
    const missing = linksOf(read(path)).filter(
      (target) => !isAbsolute(target) && !existsSync(join(ROOT, dirname(path), target)),
    );
    expect(missing).toEqual([]);
  });

  it("and the sources name only scripts, documents and benches that are there", () => {
    const named = [...DOCUMENTS, ...filesOf(["src", "scripts", "bench", "test"], /\.(?:ts|mjs)$/)]
      .filter((path) => path !== "CHANGELOG.md")
      .flatMap((path) =>
        [...read(path).matchAll(/(?<![\w./-])(?:scripts|bench|docs)\/[\w./-]*\w\.(?:mjs|ts|py|md)\b/g)].map(
          (match) => ({
            path,
            file: match[0],
          }),
        ),
      );
    expect(named.length).toBeGreaterThan(20);
    // Not ours: a pattern for names, and the document of ggml.
    const own = named.filter(({ file }) => !/NNNN|NAME/.test(file) && file !== "docs/gguf.md");
    expect(
      own.filter(({ path, file }) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, dirname(path), file))),
    ).toEqual([]);
  });

  it("link to the project's home on the branch and to files that are in it", () => {
    const home = manifest.homepage.replace(/#readme$/, "");
    const links = DOCUMENTS.flatMap((path) => linksOf(read(path))).filter((target) =>
      target.startsWith(`${home}/blob/main/`),
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((target) => !existsSync(join(ROOT, target.slice(`${home}/blob/main/`.length))))).toEqual([]);
  });
});

describe("the package", () => {
  it("says where its source, its page and its list of bugs are", () => {
    expect(manifest.repository).toEqual({ type: "git", url: `git+${manifest.homepage.replace(/#readme$/, ".git")}` });
    expect(manifest.bugs.url).toBe(`${manifest.homepage.replace(/#readme$/, "")}/issues`);
  });

  it("holds every file that a relative link of its documents names", () => {
    const listed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const packed = new Set<string>(JSON.parse(listed)[0].files.map(({ path }: { path: string }) => path));
    expect(packed).toContain("README.md");
    const broken = [...packed]
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) =>
        linksOf(read(path))
          .filter((target) => !isAbsolute(target) && !packed.has(normalize(join(dirname(path), target))))
          .map((target) => `${path} -> ${target}`),
      );
    expect(broken).toEqual([]);
  });
});

describe("the README", () => {
  it("shows what the command prints", () => {
    const main = join(ROOT, "dist/cli/main.js");
    if (!existsSync(main))
      return void console.warn("SKIPPED: the README's example, because dist/ is not built (npm run build)");
    const printed = execFileSync(process.execPath, [main, "analyze", "examples/digits_b4.safetensors"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env.PATH, COLUMNS: "80" },
    });
    const block = /\$ npx eigenscope analyze examples\/digits_b4\.safetensors\n([\s\S]*?)```/.exec(read("README.md"));
    expect(block?.[1]).toBe(printed);
  });

  it("and examples/README.md name the phases that are printed", () => {
    const [, first, second] =
      /first layer is in the phase (\S+), its second in (\S+), and its last is too small to tell/.exec(
        read("examples/README.md"),
      ) ?? [];
    const rows = read("README.md")
      .split("\n")
      .filter((line) => /^[024] +\d+x\d+/.test(line));
    expect(rows).toHaveLength(3);
    expect(rows[0]).toContain(first);
    expect(rows[1]).toContain(second);
    expect(rows[2]).toContain("undecided");
  });
});
