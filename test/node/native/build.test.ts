import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compileNative, findCompiler, sourceFiles } from "#eigenscope/node/native/compile-native.js";
import { searchNative } from "#eigenscope/node/native/find-native.js";
import { BUILT, eigenscope } from "../../cli/eigenscope-process.js";
import { LIBRARY } from "./library.js";

const sources = fileURLToPath(new URL("../../../native", import.meta.url));
const headers = fileURLToPath(new URL("../../../node_modules/node-api-headers/include", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "native-build-"));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, "made", "native.node");
const request = { sources, headers, out, platform: process.platform, env: process.env } as const;

/** A command that prints and ends as given, in place of a compiler. */
function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("the build of the native library", () => {
  it("finds the compiler in CC with its arguments, and no other then", () => {
    const compiler = script("own-cc", '[ "$1" = --own ] && [ "$2" = --version ]');
    expect(findCompiler({ PATH: process.env.PATH, CC: `${compiler} --own` })).toEqual([compiler, "--own"]);
    expect(findCompiler({ PATH: process.env.PATH, CC: compiler })).toBeUndefined();
  });

  it("takes the first of cc, gcc and clang that answers", () => {
    script("clang", "exit 0");
    script("gcc", "exit 0");
    script("cc", "exit 1");
    expect(findCompiler({ PATH: folder })).toEqual(["gcc"]);
  });

  it("gives a reason, and no file, where there is no compiler, it fails, or the platform is not known", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(compileNative({ ...request, env: { PATH: empty } })).toEqual({
      reason: "there is no C compiler (cc, gcc, clang)",
    });
    expect(compileNative({ ...request, env: { PATH: empty, CC: "tcc" } })).toEqual({
      reason: "there is no C compiler (CC=tcc)",
    });
    const failing = script("failing", '[ "$1" = --version ] && exit 0; echo "x.c:1: error: no such thing" >&2; exit 1');
    expect(compileNative({ ...request, env: { PATH: process.env.PATH, CC: failing } })).toEqual({
      reason: `${failing} failed: x.c:1: error: no such thing`,
    });
    expect(compileNative({ ...request, platform: "aix" })).toEqual({ reason: "it is not built on aix" });
    expect(existsSync(out)).toBe(false);
  });

  it("compiles all C files but the test program, each kind of processor among them", () => {
    const names = sourceFiles(sources).map((file) => file.slice(sources.length + 1));
    expect(names).toEqual(expect.arrayContaining(["addon.c", "team.c", join("kernels", "avx512.c")]));
    expect(names.filter((name) => name.includes("contract"))).toEqual([]);
  });

  it.skipIf(LIBRARY === undefined || !BUILT)(
    "makes a library that keeps its contract as a C program, with threads, and whose parts decide as they should",
    () => {
      const script = fileURLToPath(new URL("../../../scripts/native-sanitizers.mjs", import.meta.url));
      const { status, stdout } = spawnSync(process.execPath, [script, "plain"], { encoding: "utf8" });
      expect([status, stdout]).toEqual([
        0,
        expect.stringMatching(
          /^(\d) targets, 0 failures\nparts: \1 targets, 0 failures\nlab: \1 targets, 0 failures\nplain: passed\n$/,
        ),
      ]);
    },
  );

  it.skipIf(LIBRARY === undefined || !BUILT)(
    "is what doctor --build does, in the cache folder of the user",
    async () => {
      const { code, stdout } = await eigenscope(["doctor", "--build", "--json"], {
        env: { XDG_CACHE_HOME: folder, LOCALAPPDATA: folder },
      });
      expect([code, JSON.parse(stdout).native.off]).toEqual([0, true]);
      const [made] = readdirSync(join(folder, "eigenscope", "native"));
      expect(searchNative({ env: { EIGENSCOPE_NATIVE: join(folder, "eigenscope", "native", made) } }).refused).toEqual(
        [],
      );
    },
  );

  it.skipIf(!BUILT)("fails as wrong usage without a compiler, and says what to do", async () => {
    const { code, stderr } = await eigenscope(["doctor", "--build"], { env: { CC: "/nowhere/cc" } });
    expect([code, stderr]).toEqual([
      2,
      "eigenscope: the native engine could not be built: there is no C compiler (CC=/nowhere/cc); install " +
        "gcc or clang, or name a compiler in CC; without it, WebAssembly does the same work\n",
    ]);
  });
});
