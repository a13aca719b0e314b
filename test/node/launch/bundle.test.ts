import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadEntry } from "#eigenscope/node/launch/bundle.js";
import { readCodeCache, writeCodeCache } from "#eigenscope/node/launch/code-cache.js";
import { workDone } from "#eigenscope/node/launch/work-done.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eigenscope-bundle-"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  vi.stubEnv("LOCALAPPDATA", join(folder, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A script as scripts/bundle.mjs writes it. */
function script(body: string): string {
  return `(function(require,__builtin,__script,__later,__import,__provide,__addressOf){"use strict";${body}\n})`;
}

/** Writes a bundle: bodies of scripts by name. */
function bundleOf(name: string, scripts: Readonly<Record<string, string>>): string {
  const path = join(folder, name, "bundle");
  mkdirSync(path, { recursive: true });
  for (const [file, body] of Object.entries(scripts)) writeFileSync(join(path, file), script(body));
  return path;
}

async function load<Exports>(path: string, version: string): Promise<Exports> {
  return (await loadEntry("spectral", { folder: path, version })) as Exports;
}

/** Every file of compiled code, by its path below the folder of this Node version. */
function cacheFiles(): string[] {
  const path = codeFolder();
  return existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".bin"))
    : [];
}

function codeFolder(): string {
  return join(folder, "cache", "eigenscope", "code", `${process.version}-${process.arch}`);
}

describe("loadEntry", () => {
  it("evaluates a script once, before those that import it", async () => {
    const path = bundleOf("a", {
      "spectral.js":
        'const {seen}=__script("shared.js");const {twice}=__script("second.js");' +
        '__provide({seen,twice,where:__addressOf("x.js")});',
      "second.js": 'const {seen}=__script("shared.js");seen.push("second");__provide({twice:seen.length});',
      "shared.js": '__provide({seen:["shared"]});',
    });
    const { seen, twice, where } = await load<{ seen: string[]; twice: number; where: string }>(path, "1");
    expect(seen).toEqual(["shared", "second"]);
    expect(twice).toBe(2);
    expect(where).toMatch(/\/a\/x\.js$/);
  });

  it("evaluates what is imported later when it is asked for", async () => {
    const path = bundleOf("a", {
      "spectral.js": 'globalThis.evaluated=[];__provide({later:()=>__later("later.js")});',
      "later.js": 'globalThis.evaluated.push("later");__provide({value:7});',
    });
    const { later } = await load<{ later(): Promise<{ value: number }> }>(path, "1");
    const { evaluated } = globalThis as unknown as { evaluated: string[] };
    expect(evaluated).toEqual([]);
    expect((await later()).value).toBe(7);
    expect(evaluated).toEqual(["later"]);
  });

  it("gives modules of Node, and their default exports", async () => {
    const path = bundleOf("a", {
      "spectral.js": '__provide({path:__builtin("node:path")});',
    });
    const loaded = await load<{ path: typeof import("node:path") & { default: typeof import("node:path") } }>(
      path,
      "1",
    );
    expect(loaded.path.join("a", "b")).toBe(join("a", "b"));
    expect(loaded.path.default.join("a", "b")).toBe(join("a", "b"));
  });

  it("keeps the compiled code when the work is done, and not again when it was accepted", async () => {
    const path = bundleOf("a", { "spectral.js": "__provide({value:1});" });
    await load(path, "1");
    expect(cacheFiles()).toEqual([]);
    workDone();
    expect(cacheFiles()).toEqual([join("1", "spectral.bin")]);
    const first = statSync(join(codeFolder(), "1", "spectral.bin")).ino;
    expect(await load(path, "1")).toEqual({ value: 1 });
    workDone();
    expect(statSync(join(codeFolder(), "1", "spectral.bin")).ino).toBe(first);
  });

  it("never runs the code of another bundle, whose scripts may have the same names and lengths", async () => {
    const a = bundleOf("a", { "spectral.js": "const f=()=>1;__provide({value:f()});" });
    const b = bundleOf("b", { "spectral.js": "const f=()=>2;__provide({value:f()});" });
    expect(await load(a, "1")).toEqual({ value: 1 });
    workDone();
    expect(await load(b, "2")).toEqual({ value: 2 });
    workDone();
    // Both stay: two installations do not replace each other's.
    expect(cacheFiles().toSorted()).toEqual([join("1", "spectral.bin"), join("2", "spectral.bin")]);
    expect(await load(a, "1")).toEqual({ value: 1 });
  });

  it("keeps the code of scripts that this process did not need", async () => {
    const path = bundleOf("a", {
      "spectral.js": "__provide({more:(name)=>__later(name)});",
      "b.js": "__provide({});",
      "c.js": "__provide({});",
    });
    for (const name of ["b.js", "c.js"]) {
      const { more } = await load<{ more(name: string): Promise<unknown> }>(path, "1");
      await more(name);
      workDone();
    }
    expect([...(readCodeCache("1", "spectral") as ReadonlyMap<string, Buffer>).keys()].toSorted()).toEqual([
      "b.js",
      "c.js",
      "spectral.js",
    ]);
  });

  it("works where nothing can be kept", async () => {
    writeFileSync(join(folder, "cache"), "a file, not a folder");
    const path = bundleOf("a", { "spectral.js": "__provide({value:1});" });
    expect(await load(path, "1")).toEqual({ value: 1 });
    expect(() => workDone()).not.toThrow();
  });
});

describe("the cache of compiled code", () => {
  const code = new Map([
    ["a.js", Buffer.from("code of a, 19 bytes")],
    ["b.js", Buffer.from("b")],
  ]);
  const path = (): string => join(codeFolder(), "1", "cli-analyze.bin");

  it("gives back what was kept, each at a multiple of eight bytes, where V8 reads it in place", () => {
    writeCodeCache("1", "cli-analyze", code);
    const read = readCodeCache("1", "cli-analyze") as ReadonlyMap<string, Buffer>;
    expect([...read].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ["a.js", "code of a, 19 bytes"],
      ["b.js", "b"],
    ]);
    const [first, second] = [...read.values()];
    expect(first.byteOffset % 8).toBe(second.byteOffset % 8);
  });

  it("has nothing of another command or bundle", () => {
    writeCodeCache("1", "cli-analyze", code);
    expect(readCodeCache("1", "cli-describe")).toBeUndefined();
    expect(readCodeCache("2", "cli-analyze")).toBeUndefined();
  });

  it("refuses a file in which any byte is damaged, or that was cut", () => {
    writeCodeCache("1", "cli-analyze", code);
    const whole = readFileSync(path());
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1;
      writeFileSync(path(), damaged);
      expect(readCodeCache("1", "cli-analyze"), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 3, 8, whole.length - 1]) {
      writeFileSync(path(), whole.subarray(0, length));
      expect(readCodeCache("1", "cli-analyze"), `${length} bytes`).toBeUndefined();
    }
    writeFileSync(path(), whole);
    expect(readCodeCache("1", "cli-analyze")).toBeDefined();
  });

  it("is kept for four bundles, and not for a fifth", () => {
    for (const bundle of ["1", "2", "3", "4"]) writeCodeCache(bundle, "cli-analyze", code);
    expect(readdirSync(codeFolder())).toHaveLength(4);
    writeCodeCache("5", "cli-analyze", code);
    const left = readdirSync(codeFolder());
    expect(left).toHaveLength(4);
    expect(left).toContain("5");
  });
});
