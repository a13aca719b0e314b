import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "#eigenscope/cli/exit-codes.js";
import { type FileIdentity, identityOf, inodeKey, isSameFile } from "#eigenscope/cli/file-identity.js";
import { assertExperimentKept, assertOutsideRuns } from "#eigenscope/cli/lab-folders.js";
import { presetText } from "#eigenscope/lab/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { fixture } from "../formats/files-in-memory.js";
import { npy } from "../ram-files.js";
import { BUILT, shell } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i));
const matrix = (name: string) => safetensorsWith({ [`${name}.weight`]: { shape: [40, 30], values: values(1200) } });
const lora = (name: string) =>
  safetensorsWith({
    [`base_model.model.${name}.lora_A.weight`]: { shape: [12, 30], values: values(360) },
    [`base_model.model.${name}.lora_B.weight`]: { shape: [40, 12], values: values(480) },
  });
const array = npy({ values: values(1200), shape: [40, 30] });

/** What every case finds in its folder. */
const FILES: Readonly<Record<string, Uint8Array | string>> = {
  "one.safetensors": matrix("one"),
  "other.safetensors": matrix("one"),
  "model/model.safetensors.index.json": JSON.stringify({
    weight_map: { "a.weight": "shard-1.safetensors", "b.weight": "shard-2.safetensors" },
  }),
  "model/shard-1.safetensors": matrix("a"),
  "model/shard-2.safetensors": matrix("b"),
  "model/config.json": "{}",
  "model/pytorch_model.bin": fixture("sd.pt"),
  "onnx/ext.onnx": fixture("ext.onnx"),
  "onnx/ext.onnx.data": fixture("ext.onnx.data"),
  "base/model.safetensors": matrix("fc"),
  "base/config.json": "{}",
  "adapter/adapter_model.safetensors": lora("fc"),
  "adapter/adapter_config.json": JSON.stringify({ r: 12, lora_alpha: 12 }),
  "arrays/0001_x.npy": array,
  "arrays/x.npy": array,
  "lab/experiment.json": presetText("synthetic/batch-size")!,
  "lab/runs/a/run.json": "{}",
};

const run = manyCommands();
let home: string;
let folder: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-overwriting-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function fill(name: string): Promise<void> {
  folder = join(home, name);
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await symlink("model", join(folder, "linked"));
  await symlink("model/shard-2.safetensors", join(folder, "report.json"));
  await link(join(folder, "model/shard-2.safetensors"), join(folder, "twin.json"));
  await symlink("notes.csv", join(folder, "notes.html"));
  await writeFile(join(folder, "notes.csv"), "mine");
}

async function unchanged(): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    expect(Buffer.compare(await readFile(join(folder, path)), Buffer.from(content as string)), path).toBe(0);
  }
  expect(await readFile(join(folder, "notes.csv"), "utf8")).toBe("mine");
}

const IS_INPUT = /is the input/;
const OF_MODEL = /is a file of the model/;
const WEIGHTS = /holds weights \(.+\), which the output would replace/;
const TWICE = /given for two outputs/;

/** Every way that was found to lose a file, as a command line in the folder. */
const LOSSES: readonly (readonly [args: string, says: RegExp])[] = [
  ["analyze one.safetensors --json one.safetensors", IS_INPUT],
  ["analyze one.safetensors --csv ./model/../one.safetensors", IS_INPUT],
  ["analyze linked/shard-1.safetensors --html model/shard-1.safetensors", IS_INPUT],
  ["analyze one.safetensors --json other.safetensors", WEIGHTS],
  ["analyze model --csv model/shard-2.safetensors", WEIGHTS],
  ["analyze model --json model/pytorch_model.bin", WEIGHTS],
  ["analyze model --html linked/model.safetensors.index.json", WEIGHTS],
  ["analyze model --json report.json", WEIGHTS],
  ["analyze model --json twin.json", WEIGHTS],
  ["analyze model --json model/config.json", OF_MODEL],
  ["analyze linked --json model/config.json", OF_MODEL],
  ["analyze model/*.safetensors --json model/config.json", OF_MODEL],
  ["analyze model/shard-1.safetensors --csv linked/config.json", OF_MODEL],
  ["analyze onnx/ext.onnx --json onnx/ext.onnx.data --min-eigenvalues 1", OF_MODEL],
  ["analyze adapter --base base --html base/config.json", OF_MODEL],
  ["analyze adapter --base base --html adapter/adapter_config.json", OF_MODEL],
  ["analyze adapter --base base/model.safetensors --json base/model.safetensors", IS_INPUT],
  ["analyze arrays --save-eigenvalues arrays", OF_MODEL],
  ["compare one.safetensors other.safetensors --json one.safetensors", IS_INPUT],
  ["compare one.safetensors other.safetensors --json other.safetensors", IS_INPUT],
  ["compare one.safetensors onnx --json onnx/ext.onnx.data --min-eigenvalues 1", OF_MODEL],
  ["compare one.safetensors model --json model/config.json", OF_MODEL],
  ["analyze one.safetensors --csv notes.csv --html notes.html", TWICE],
  ["analyze one.safetensors --csv model/new --html linked/new", TWICE],
  ["analyze one.safetensors --json ev --save-eigenvalues ev", /cannot be a file and a folder of eigenvalues/],
  ["analyze one.safetensors --json ev --plots ev", /cannot be a file and a folder of pictures/],
  [
    "lab sweep lab/experiment.json --output lab",
    /would be overwritten: the folder of the runs, lab, keeps a file of that name/,
  ],
];

describe.skipIf(!BUILT)("an output", () => {
  it.each(LOSSES)("never replaces what it must not: %s", async (args, says) => {
    await fill("losses");
    const before = await readdir(folder, { recursive: true });
    const { code, stdout, stderr } = await run(args.split(" "), folder);
    expect(stderr).toMatch(says);
    expect([code, stdout]).toEqual([2, ""]);
    await unchanged();
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(before.sort());
    await rm(folder, { recursive: true });
  });

  it("is not appended to an input by the shell", async () => {
    await fill("appended");
    for (const command of [
      "analyze one.safetensors --json",
      "describe one.safetensors",
      "compare one.safetensors other.safetensors",
    ]) {
      const { code, stderr } = await shell(`$W ${command} >> one.safetensors`, { cwd: folder });
      expect(stderr).toMatch(/^eigenscope: stdout is (the input|a file of the model)/);
      expect(code).toBe(2);
    }
    await unchanged();
  });

  it("replaces an earlier report beside the model, and what is no file takes any number of outputs", async () => {
    await fill("again");
    const args =
      "analyze model -q --json model/r.json --csv model/r.csv --html model/r.html --save-eigenvalues model/ev".split(
        " ",
      );
    for (let times = 0; times < 2; times++)
      expect(await run(args, folder)).toEqual({ code: 0, stdout: "", stderr: "" });
    const nowhere = "analyze one.safetensors -q --json /dev/null --csv /dev/null".split(" ");
    expect((await run(nowhere, folder)).code).toBe(0);
    await unchanged();
  });

  it("that is called /dev/stdout takes the place of the table", async () => {
    await fill("stdout");
    const { code, stdout } = await run("analyze one.safetensors --json /dev/stdout".split(" "), folder);
    expect([code, JSON.parse(stdout).layers.length]).toEqual([0, 1]);
  });
});

describe("the place of a file", () => {
  const same = async (a: string, b: string): Promise<boolean> =>
    isSameFile(
      (await identityOf(join(folder, a))) as FileIdentity,
      (await identityOf(join(folder, b))) as FileIdentity,
    );

  it("is one for all of its names, and another for another file", async () => {
    await fill("places");
    expect(await same("report.json", "model/shard-2.safetensors")).toBe(true);
    expect(await same("twin.json", "linked/shard-2.safetensors")).toBe(true);
    expect(await same("linked/new/deep", "model/new/deep")).toBe(true);
    expect(await same("model/shard-1.safetensors", "model/shard-2.safetensors")).toBe(false);
    expect(await same("linked/new", "new")).toBe(false);
    expect(await identityOf("/dev/null")).toBeUndefined();
    expect(await identityOf(folder)).toBeUndefined();
  });
});

describe("the inode of a file", () => {
  it("tells files apart, on one device and on two, and tells nothing where it is 0", () => {
    const keys = [
      inodeKey({ dev: 1n, ino: 2n }),
      inodeKey({ dev: 1n, ino: 3n }),
      inodeKey({ dev: 2n, ino: 2n }),
    ].flat();
    expect(new Set(keys).size).toBe(3);
    expect(inodeKey({ dev: 1n, ino: 0n })).toEqual([]);
  });
});

describe("in a folder of the lab's runs", () => {
  beforeAll(() => fill("lab"));
  const at = (name: string): string => join(folder, name);

  it.each([
    "lab/experiment.json",
    "lab/lock",
    "lab/runs/a/run.json",
    "lab/runs/page.html",
    "model/shard-1.safetensors",
  ])("the page does not replace %s", async (output) => {
    await expect(assertOutsideRuns(at(output), at("lab"))).rejects.toThrow(UsageError);
  });

  it("the page goes beside the runs, or anywhere else", async () => {
    await assertOutsideRuns(at("lab/report.html"), at("lab"));
    await assertOutsideRuns(at("lab/runs.html"), at("lab"));
    await assertOutsideRuns(at("page.html"), at("lab"));
  });

  it("an experiment is not replaced by the copy that the runs keep of it", async () => {
    await expect(assertExperimentKept(at("lab/experiment.json"), at("lab"))).rejects.toThrow(UsageError);
    await assertExperimentKept(at("lab/experiment.json"), at("elsewhere"));
    await assertExperimentKept(at("lab/mine.json"), at("lab"));
  });
});
