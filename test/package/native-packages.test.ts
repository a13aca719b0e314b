import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
// A package of typedoc's.
import { parse } from "yaml";
import { nativeCandidates } from "#eigenscope/node/native/find-native.js";
import { LIBRARY } from "../node/native/library.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: {
    readonly build: {
      readonly strategy: { readonly matrix: { readonly include: readonly Readonly<Record<string, string>>[] } };
      readonly "runs-on": string;
      readonly container: string;
      readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
    };
  };
}

describe("the workflow that builds the native packages", () => {
  const workflow = parse(readFileSync(join(ROOT, ".github/workflows/native.yml"), "utf8")) as Workflow;
  const { build } = workflow.jobs;
  const { include } = build.strategy.matrix;

  it("builds each platform once, by the name that the loader and the package script know", () => {
    const names = include.map(({ name }) => name);
    expect([...names].sort()).toEqual(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "linux-x64-musl"]);
    for (const { name, runner } of include) {
      expect(name).toMatch(/^(linux|darwin)-(x64|arm64)(-musl)?$/);
      expect(runner).toMatch(name.startsWith("darwin") ? /^macos-/ : /^ubuntu-/);
      // Only a container decides which C library it is.
      expect(build.container).toMatch(/^\$\{\{ matrix\.container \}\}$/);
    }
    expect(include.filter(({ container }) => container?.includes("alpine")).map(({ name }) => name)).toEqual([
      "linux-x64-musl",
    ]);
  });

  it("uses only values that each entry has or may lack, and scripts that are there", () => {
    const text = JSON.stringify(build);
    const used = [...text.matchAll(/matrix\.(\w+)/g)].map((match) => match[1]);
    expect([...new Set(used)].sort()).toEqual(["container", "name", "runner", "setup"]);
    for (const { uses, run } of build.steps) {
      if (uses !== undefined) expect(uses).toMatch(/^actions\/(checkout|setup-node|upload-artifact)@v\d+$/);
      const script = /scripts\/([\w-]+\.mjs)/.exec(run ?? "")?.[1];
      if (script !== undefined) expect(readdirSync(join(ROOT, "scripts"))).toContain(script);
    }
    expect(workflow.permissions).toEqual({ contents: "read" });
  });
});

describe("the package of a platform", () => {
  it.skipIf(LIBRARY === undefined)("holds the library, without install scripts, for this system only", () => {
    const folder = mkdtempSync(join(tmpdir(), "native-package-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const platform = `${process.platform}-${process.arch}`;
    execFileSync(process.execPath, [join(ROOT, "scripts/native-package.mjs"), platform, folder], { stdio: "pipe" });
    const [archive] = readdirSync(folder);
    execFileSync("tar", ["xzf", archive], { cwd: folder });
    const manifest = JSON.parse(readFileSync(join(folder, "package", "package.json"), "utf8"));
    expect(readdirSync(join(folder, "package")).sort()).toEqual(["LICENSE", "native.node", "package.json"]);
    expect(manifest).toMatchObject({
      name: `@eigenscope/native-${platform}`,
      version: JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version,
      os: [process.platform],
      cpu: [process.arch],
      main: "native.node",
    });
    expect(manifest.scripts).toBeUndefined();
    // What a user's copy does then: the loader takes the file that `main` names.
    const named = { EIGENSCOPE_NATIVE: join(folder, "package", manifest.main) };
    expect(nativeCandidates(named)).toEqual([{ path: named.EIGENSCOPE_NATIVE, origin: "EIGENSCOPE_NATIVE" }]);
  });

  it("is refused for a platform that this machine is not", () => {
    expect(() =>
      execFileSync(process.execPath, [join(ROOT, "scripts/native-package.mjs"), "plan9-x64"], { stdio: "pipe" }),
    ).toThrow(/platform "plan9-x64": expected such as linux-x64/);
  });
});
