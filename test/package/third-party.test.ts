import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a script without types
import { bundledPackages, notices } from "../../scripts/third-party-notices.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILE = join(ROOT, "dist/THIRD-PARTY-NOTICES.txt");
const BUILT = existsSync(FILE);
if (!BUILT) console.warn("SKIPPED: licences of what is bundled, because dist/ is not built (npm run build)");

/** Packages whose code the bundle has, each with words of its code. */
const MARKS: Readonly<Record<string, string>> = {
  "@modelcontextprotocol/server": "StdioServerTransport already started",
  "@modelcontextprotocol/core": "io.modelcontextprotocol/protocolVersion",
  zod: "ZodError",
  commander: "showSuggestionAfterError",
};

describe.runIf(BUILT)("the licences of what is bundled", () => {
  const text = BUILT ? readFileSync(FILE, "utf8") : "";
  const bundle = BUILT
    ? readdirSync(join(ROOT, "dist/bundle")).map((name) => readFileSync(join(ROOT, "dist/bundle", name), "latin1"))
    : [];

  it.each(Object.entries(MARKS))("has that of %s, whole", (name, mark) => {
    expect(bundle.some((script) => script.includes(mark))).toBe(true);
    const folder = join(ROOT, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect(text).toContain(`- ${name} ${version}: ${license}\n`);
    expect(text).toContain(readFileSync(join(folder, "LICENSE"), "utf8").trimEnd());
  });

  it("ships with the package, and the SDK is not installed with it", () => {
    const { files, dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(files).toContain("dist");
    expect(Object.keys(dependencies).filter((name) => /modelcontextprotocol|zod/.test(name))).toEqual([]);
  });
});

describe("notices", () => {
  it("are of packages with code in the output only", () => {
    const inputs = {
      "../node_modules/a/x.js": { bytesInOutput: 1 },
      "../node_modules/@s/b/lib/y.js": { bytesInOutput: 2 },
      "../node_modules/a/node_modules/c/z.js": { bytesInOutput: 3 },
      "../node_modules/none/x.js": { bytesInOutput: 0 },
      "dist/cli/run.js": { bytesInOutput: 9 },
    };
    expect(bundledPackages({ outputs: { "cli.js": { inputs }, "other.js": { inputs } } })).toEqual([
      ...["../node_modules/a", "../node_modules/@s/b", "../node_modules/a/node_modules/c"],
    ]);
  });

  it("need a licence file of every package that is not installed as one", async () => {
    const home = await mkdtemp(join(tmpdir(), "eigenscope-notices-"));
    const make = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
      const folder = join(home, name);
      await mkdir(folder);
      const manifest = JSON.stringify({ name, version: "1.0.0", license: "MIT", author: "A" });
      for (const [file, content] of Object.entries({ "package.json": manifest, ...files }))
        await writeFile(join(folder, file), content);
      return folder;
    };
    const [a, b] = [await make("a", { "LICENSE.md": "may be copied\n", NOTICE: "of A\n" }), await make("b", {})];
    expect(await notices([a], [])).toContain("a 1.0.0 (MIT)\n\nmay be copied\n\nof A\n");
    await expect(notices([a, b], [])).rejects.toThrow("b is bundled, but its package has no licence file");
    expect(await notices([b, a], ["b"])).toMatch(
      /- a 1\.0\.0: MIT\n- b 1\.0\.0: MIT\n[\s\S]*no licence file.*author A/,
    );
    await rm(home, { recursive: true });
  });
});
