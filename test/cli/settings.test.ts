import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldersToSearch, MAX_SETTINGS_BYTES, settingsIn } from "#eigenscope/cli/settings-search.js";
import { useSettings } from "#eigenscope/cli/use-settings.js";
import { commandTree } from "#eigenscope/cli/whole-program.js";
import { BUILT, eigenscope } from "./eigenscope-process.js";
import { settingsSchema } from "./settings-schema.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../../schema/config.schema.json", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-settings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** A folder with these files; a value that is no text is written as JSON. */
async function withFiles(files: Readonly<Record<string, unknown>>): Promise<string> {
  const made = join(folder, String(count++));
  await mkdir(made);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(made, name)), { recursive: true });
    await writeFile(join(made, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return made;
}

/** The options of a command with these arguments, in a folder. */
async function optionsIn(
  from: string,
  args: readonly string[] = [],
  name = "analyze",
): Promise<Record<string, unknown>> {
  const command = commandTree().commands.find((each) => each.name() === name) as Command;
  command.parseOptions([...args]);
  const file = await useSettings(command, { from, home: from });
  return { file, ...command.opts() };
}

const withSettings = async (
  settings: unknown,
  args?: readonly string[],
  name?: string,
): Promise<Record<string, unknown>> => optionsIn(await withFiles({ "eigenscope.config.json": settings }), args, name);

describe("settings of a file", () => {
  it("are defaults: the command line wins, then the command's own section, then those of all", async () => {
    const settings = {
      $schema: "any",
      analyze: { engine: "wasm", "fail-on": ["alpha < 2", "alpha > 6"], "min-eigenvalues": 7 },
      all: { engine: "reference", seed: 3, memory: "2G", layers: "*.mlp.*,*.attn.*", progress: false },
      rank: { engine: "native", sort: "alpha" },
    };
    expect(await withSettings(settings, ["--seed", "5"])).toMatchObject({
      ...{ engine: "wasm", seed: 5, memory: 2 ** 31, minEigenvalues: 7, progress: false, color: true },
      ...{ failOn: ["alpha < 2", "alpha > 6"], layers: ["*.mlp.*", "*.attn.*"] },
      file: expect.stringMatching(/eigenscope\.config\.json$/),
    });
    const { all, ...others } = settings;
    expect(await withSettings({ all, ...others })).toMatchObject({ engine: "wasm", seed: 3 });
    expect(await withSettings(settings, [], "compare")).toMatchObject({ engine: "reference" });
    expect(await withSettings(settings, [], "rank")).toMatchObject({ engine: "native", sort: "alpha" });
    expect(await withSettings(settings, ["--fail-on", "dead_rows > 0"])).toMatchObject({ failOn: ["dead_rows > 0"] });
    expect(await withSettings(settings, ["--no-config"])).toMatchObject({ engine: "auto", config: false });
  });

  it("take every kind of value", async () => {
    expect(
      await withSettings({ analyze: { memory: 2 ** 20, weightwatcher: ["mp_fit", "detX"], tails: true, root: "ema" } }),
    ).toMatchObject({ memory: 2 ** 20, weightwatcher: "mp_fit,detX", tails: true, root: "ema" });
    expect(await withSettings({ analyze: { weightwatcher: true, exclude: [] } })).toMatchObject({
      ...{ weightwatcher: true, exclude: [] },
    });
  });

  it.each([
    [{ analyse: {} }, /: there is no setting "analyse"; did you mean "analyze"\?$/],
    [{ watch: {} }, /: there is no setting "watch", only all, analyze, describe, compare, rank$/],
    [{ all: { enginee: "wasm" } }, /: all\.enginee: there is no setting "enginee"; did you mean "engine"\?$/],
    [{ rank: { tails: true } }, /: rank\.tails: there is no setting "tails"/],
    [{ analyze: { __proto__x: 1 } }, /: analyze\.__proto__x: there is no setting/],
    ['{"analyze": {"__proto__": 1}}', /: analyze\.__proto__: there is no setting/],
    [{ all: { json: "out.json" } }, /: all\.json: a file cannot set --json, .*give it there$/],
    [{ analyze: { run: "r" } }, /: analyze\.run: a file cannot set --run/],
    [{ analyze: { quiet: true } }, /: analyze\.quiet: a file cannot set --quiet/],
    [{ analyze: { engine: "wsm" } }, /: analyze\.engine: found "wsm"\. Allowed choices are auto, wasm/],
    [{ analyze: { engine: 3 } }, /: analyze\.engine: found 3, expected a text$/],
    [{ analyze: { jobs: "3" } }, /: analyze\.jobs: found "3", expected a number$/],
    [{ analyze: { jobs: 0 } }, /: analyze\.jobs: found 0\. Expected a whole number from 1\.$/],
    [{ analyze: { jobs: 1.5 } }, /: analyze\.jobs: found 1\.5\. Expected a whole number/],
    [{ analyze: { tails: "yes" } }, /: analyze\.tails: found "yes", expected true or false$/],
    [{ analyze: { memory: "much" } }, /: analyze\.memory: found "much"\. Expected a size/],
    [{ analyze: { memory: null } }, /: analyze\.memory: found null, expected a size/],
    [{ analyze: { "fail-on": [1] } }, /: analyze\.fail-on: found \[1\], expected a text or a list of texts$/],
    [{ analyze: { weightwatcher: 1 } }, /: analyze\.weightwatcher: found 1, expected true, false or a list of names$/],
    [{ analyze: { weightwatcher: [] } }, /: analyze\.weightwatcher: found \[\], expected/],
    [{ describe: [] }, /: describe: found \[\], expected an object/],
    [[], /: found \[\], expected an object/],
    ["null", /: found null, expected an object/],
    ["{", /: not valid JSON \(/],
    ['"x"', /: found "x", expected an object/],
  ])("refuses %j with file, key and what is allowed", async (settings, message) => {
    const refusal = withSettings(settings);
    await expect(refusal).rejects.toMatchObject({ name: "UsageError" });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(/^\S*eigenscope\.config\.json: /);
  });

  it("are checked in all sections, whichever command runs", async () => {
    await expect(withSettings({ rank: { seed: -1 } })).rejects.toThrow(/rank\.seed: found -1/);
  });
});

describe("the search for settings", () => {
  const settings = { all: { seed: 1 } };

  it("takes the first of a folder, and the nearest folder, and an empty file for none", async () => {
    const from = await withFiles({
      ".eigenscoperc": { all: { seed: 1 } },
      ".eigenscoperc.json": { all: { seed: 2 } },
      "eigenscope.config.json": { all: { seed: 3 } },
      "package.json": { name: "x", eigenscope: { all: { seed: 4 } } },
    });
    const seeds: unknown[] = [];
    for (const name of [".eigenscoperc", ".eigenscoperc.json", "eigenscope.config.json"]) {
      seeds.push((await optionsIn(from)).seed);
      await writeFile(join(from, name), " ");
    }
    seeds.push((await optionsIn(from)).seed);
    await writeFile(join(from, "package.json"), '{"workspaces": {"eigenscope": {"all": {"seed": 5}}}}');
    seeds.push((await optionsIn(from)).seed);
    expect(seeds).toEqual([1, 2, 3, 4, 0]);
    await mkdir(join(from, "below"));
    await writeFile(join(from, "eigenscope.config.json"), JSON.stringify(settings));
    const command = commandTree().commands.find((each) => each.name() === "describe") as Command;
    expect(await useSettings(command, { from: join(from, "below"), home: from })).toBeUndefined();
    const rank = commandTree().commands.find((each) => each.name() === "rank") as Command;
    expect(await useSettings(rank, { from: join(from, "below"), home: from })).toMatch(/eigenscope\.config\.json$/);
  });

  it("goes up to the repository's root or home, and else looks into the working directory alone", async () => {
    const root = await withFiles({ "repository/.git/HEAD": "", "repository/a/b/x": "", "home/a/x": "", "c/d/x": "" });
    const from = (name: string): string[] =>
      foldersToSearch({ from: join(root, name), home: join(root, "home") }).map((each) => each.slice(root.length + 1));
    expect(from("repository/a/b")).toEqual(["repository/a/b", "repository/a", "repository"]);
    expect(from("repository")).toEqual(["repository"]);
    expect(from("home/a")).toEqual(["home/a", "home"]);
    expect(from("c/d")).toEqual(["c/d"]);
  });

  it("takes no folders, and a package.json only if it has a section", async () => {
    const from = await withFiles({
      ".eigenscoperc/x": "",
      "package.json": { name: "other" },
      "eigenscope.config.js": "",
    });
    expect(settingsIn(from)).toEqual([]);
    await writeFile(join(from, "package.json"), '{"dependencies": {"eigenscope": "1"}, "bin": {"eigenscope": "x"}}');
    expect(settingsIn(from)).toEqual([]);
    await writeFile(join(from, "package.json"), '{"eigenscope" : {}}');
    expect(settingsIn(from)).toEqual(["package.json"]);
  });

  it("runs no code: names of programs are not looked at, and refused as --config", async () => {
    const bomb = "globalThis.ranCode = true; throw new Error('ran');";
    const names = ["js", "cjs", "mjs", "ts"].flatMap((end) => [`eigenscope.config.${end}`, `.eigenscoperc.${end}`]);
    const from = await withFiles(Object.fromEntries(names.map((name) => [name, bomb])));
    expect(await optionsIn(from)).toMatchObject({ file: undefined, config: false });
    for (const name of names)
      await expect(optionsIn(from, ["--config", join(from, name)])).rejects.toThrow(/settings are JSON/);
    await writeFile(join(from, ".eigenscoperc"), bomb);
    await expect(optionsIn(from)).rejects.toThrow(/not valid JSON/);
    expect("ranCode" in globalThis).toBe(false);
  });

  it("reads the file of --config instead, and says why it cannot", async () => {
    const from = await withFiles({
      "eigenscope.config.json": { all: { seed: 1 } },
      "other.json": { all: { seed: 2 } },
      "package.json": { eigenscope: { all: { seed: 3 } } },
      ...{ "empty.json": "", "x.yaml": "seed: 1", "exact.json": JSON.stringify(settings).padEnd(MAX_SETTINGS_BYTES) },
      "large.json": JSON.stringify(settings).padEnd(MAX_SETTINGS_BYTES + 1),
    });
    const of = (name: string): Promise<Record<string, unknown>> => optionsIn(from, ["--config", join(from, name)]);
    expect(await of("other.json")).toMatchObject({ seed: 2, config: join(from, "other.json") });
    expect(await of("package.json")).toMatchObject({ seed: 3 });
    expect(await of("exact.json")).toMatchObject({ seed: 1 });
    await expect(of("large.json")).rejects.toThrow(/1048577 bytes; settings take 1048576 at most/);
    await expect(of("absent.json")).rejects.toThrow(/there is no such file/);
    await expect(of("empty.json")).rejects.toThrow(/there are no settings in it/);
    await expect(of("x.yaml")).rejects.toThrow(/settings are JSON/);
    await expect(of(".")).rejects.toThrow(/in a regular file, and this is none/);
  });
});

describe("the schema of settings", () => {
  it("has the settings and choices of each command", async () => {
    expect(JSON.parse(await readFile(SCHEMA, "utf8"))).toEqual(settingsSchema());
  });

  it("accepts what the command does, and refuses what it refuses", () => {
    const validate = new Ajv({ strict: true }).compile(settingsSchema() as object);
    expect(
      validate({ $schema: "x", all: { memory: "4G" }, analyze: { "fail-on": ["a < 1"], weightwatcher: true } }),
    ).toBe(true);
    for (const wrong of [{ other: {} }, { all: { json: "x" } }, { rank: { tails: true } }, { all: { engine: "x" } }])
      expect(validate(wrong)).toBe(false);
  });
});

describe.skipIf(!BUILT)("settings of a process", () => {
  it("show in the report's options, and errors that come later name the file", async () => {
    const cwd = await withFiles({ "eigenscope.config.json": { analyze: { seed: 11, engine: "reference" } } });
    const { code, stdout } = await eigenscope(["analyze", EXAMPLE, "--json", "--layers", "0"], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).options).toMatchObject({ seed: 11, engine: "reference" });
    await writeFile(join(cwd, "eigenscope.config.json"), '{"all": {"bootstrap": 3}}');
    const late = await eigenscope(["analyze", EXAMPLE], { cwd });
    expect([late.code, late.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^eigenscope: option bootstrap: found 3, .* \(with the settings of eigenscope\.config\.json\)\n$/,
      ),
    ]);
    const own = await eigenscope(["analyze", EXAMPLE, "--no-config", "--bootstrap", "3"], { cwd });
    expect([own.code, own.stderr]).toEqual([2, expect.not.stringMatching(/settings/)]);
  });
});
