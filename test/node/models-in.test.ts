import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelsIn } from "#eigenscope/node/models-in.js";
import { findModels } from "#eigenscope/node/rank.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { fixture } from "../formats/files-in-memory.js";

const one = (name = "fc"): Uint8Array =>
  safetensorsWith({
    [`${name}.weight`]: { shape: [20, 15], values: Array.from({ length: 300 }, (_, i) => Math.sin(i)) },
  });
const pickled = fixture("sd.pt");

let home: string;
const at = (name: string): string => join(home, name);
async function write(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(home, name, ".."), { recursive: true });
    await writeFile(at(name), content);
  }
}
const found = async (name: string): Promise<string[]> =>
  (await modelsIn(at(name))).map(({ path }) => path.slice(home.length + 1));

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-models-in-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("the models under a name", () => {
  it("of a file are one", async () => {
    await write({ "file/a.safetensors": one(), "file/b.safetensors": one() });
    expect(await found("file/b.safetensors")).toEqual(["file/b.safetensors"]);
  });

  it("of a folder of checkpoints are its weight files in natural order, without the trainer's state", async () => {
    await write({
      "steps/step-10.safetensors": one(),
      "steps/step-9.safetensors": one(),
      "steps/step-100.safetensors": one(),
      "steps/optimizer.pt": pickled,
      "steps/.hidden.safetensors": one(),
      "steps/log.txt": "loss",
    });
    expect(await found("steps")).toEqual([
      "steps/step-9.safetensors",
      "steps/step-10.safetensors",
      "steps/step-100.safetensors",
    ]);
  });

  it("lie at most four folders below the one that was named", async () => {
    await write({ "deep/1/2/3/4/a.safetensors": one(), "deeper/1/2/3/4/5/a.safetensors": one() });
    expect(await found("deep")).toEqual(["deep/1/2/3/4"]);
    expect(await found("deeper")).toEqual(["deeper"]);
  });

  it("of a folder with one model are that folder: one file, shards with an index, parts by name", async () => {
    await write({ "single/model.safetensors": one(), "single/config.json": "{}" });
    expect(await found("single")).toEqual(["single"]);
    await write({ "cut/model.safetensors": "no weights" });
    expect(await found("cut")).toEqual(["cut"]);
    await write({
      "shards/model-00001-of-00002.safetensors": one("a"),
      "shards/model-00002-of-00002.safetensors": one("b"),
    });
    expect(await found("shards")).toEqual(["shards"]);
    await write({
      "indexed/model.safetensors.index.json": "{}",
      "indexed/model-00001-of-00002.safetensors": one("a"),
      "indexed/extra.safetensors": one("b"),
    });
    expect(await found("indexed")).toEqual(["indexed"]);
    await write({ "parts/encoder.safetensors": one("encoder"), "parts/decoder.safetensors": one("decoder") });
    expect(await found("parts")).toEqual(["parts"]);
    await write({ "formats/model.safetensors": one(), "formats/pytorch_model.bin": pickled });
    expect(await found("formats")).toEqual(["formats"]);
  });

  it("of files of several formats that are not one model are the files", async () => {
    await write({ "mixed/a.pt": pickled, "mixed/b.pt": pickled });
    expect(await found("mixed")).toEqual(["mixed/a.pt", "mixed/b.pt"]);
  });

  it("of a folder of folders are those that hold weights, at any depth, steps in their order", async () => {
    await write({
      "runs/b/checkpoint-1000/model.safetensors": one(),
      "runs/b/checkpoint-500/model.safetensors": one(),
      "runs/a/model.safetensors": one(),
      "runs/logs/out.txt": "",
      "runs/.cache/model.safetensors": one(),
    });
    expect(await found("runs")).toEqual(["runs/a", "runs/b/checkpoint-500", "runs/b/checkpoint-1000"]);
  });

  it("of a trainer's output are its steps, then the model; other folders beside weights do not count", async () => {
    await write({
      "out/model.safetensors": one(),
      "out/config.json": "{}",
      "out/checkpoint-20/model.safetensors": one(),
      "out/checkpoint-3/model.safetensors": one(),
      "out/onnx/model.safetensors": one(),
      "out/original/model.safetensors": one(),
    });
    expect(await found("out")).toEqual(["out/checkpoint-3", "out/checkpoint-20", "out"]);
  });

  it("of what the lab wrote are the checkpoints, not the spectra and the state beside them", async () => {
    const run = (name: string) => ({
      [`lab/runs/${name}/run.json`]: "{}",
      [`lab/runs/${name}/state.safetensors`]: one(),
      [`lab/runs/${name}/checkpoints/epoch-00000.safetensors`]: one(),
      [`lab/runs/${name}/checkpoints/epoch-00005.safetensors`]: one(),
      [`lab/runs/${name}/spectra/epoch-00000.safetensors`]: one("s"),
      [`lab/runs/${name}/spectra/epoch-00005.safetensors`]: one("s"),
    });
    await write({ "lab/experiment.json": "{}", ...run("b4"), ...run("b32") });
    expect(await found("lab/runs/b4")).toEqual([
      "lab/runs/b4/checkpoints/epoch-00000.safetensors",
      "lab/runs/b4/checkpoints/epoch-00005.safetensors",
    ]);
    expect((await found("lab")).map((path) => path.split("/")[2])).toEqual(["b4", "b4", "b32", "b32"]);
  });

  it("of a glob are all that it matches, in any part of the path, hidden names only with a dot", async () => {
    await write({
      "g/1/last.pt": pickled,
      "g/2/last.pt": pickled,
      "g/10/last.pt": pickled,
      "g/.3/last.pt": pickled,
      "g/2/first.pt": pickled,
    });
    expect(await found("g/*/last.pt")).toEqual(["g/1/last.pt", "g/2/last.pt", "g/10/last.pt"]);
    expect(await found("g/.*/last.pt")).toEqual(["g/.3/last.pt"]);
    expect(await found("g/2/{first,last}.pt")).toEqual(["g/2/first.pt", "g/2/last.pt"]);
    expect(await found("g/?")).toEqual(["g/1", "g/2/first.pt", "g/2/last.pt"]);
  });

  it("of a shard are all shards of its set, once", async () => {
    await write({
      "split/a-00001-of-00002.safetensors": one("a"),
      "split/a-00002-of-00002.safetensors": one("b"),
      "split/b-00001-of-00001.safetensors": one("a"),
    });
    const shards = ["split/a-?????-of-00002.safetensors", "split/b-?????-of-00001.safetensors"];
    expect(await found("split/*.safetensors")).toEqual(shards);
    expect(await found("split")).toEqual(shards);
    const [{ files }] = await modelsIn(at("split/a-00002-of-00002.safetensors"));
    const set = await (files as () => Promise<{ list(): Promise<readonly string[]> }>)();
    expect(await set.list()).toEqual(["a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors"]);
  });

  it("that does not exist, or of an empty folder, is one model that says so when it is opened", async () => {
    expect(await found("nowhere.pt")).toEqual(["nowhere.pt"]);
    const [missing] = await modelsIn(at("no/*.such"));
    await expect((missing.files as () => Promise<unknown>)()).rejects.toThrow("no such file or folder");
    await mkdir(at("hollow"));
    expect(await found("hollow")).toEqual(["hollow"]);
  });

  it("of an address or a hub are one, without asking a network", async () => {
    for (const name of ["https://host/model.safetensors", "https://host/a?b=*", "org/model@main"])
      expect((await modelsIn(name)).map(({ path }) => path)).toEqual([name]);
  });

  it("follow no link to a folder, and stop when aborted", async () => {
    await write({ "linked/a/model.safetensors": one() });
    await symlink(at("linked"), at("linked/loop"));
    expect(await found("linked")).toEqual(["linked/a"]);
    const reason = new Error("enough");
    await expect(modelsIn(at("linked"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("that are named twice are found once", async () => {
    await write({ "twice/a.pt": pickled, "twice/b.pt": pickled });
    const models = await findModels([at("twice/b.pt"), at("twice"), join(home, "twice", ".", "b.pt")]);
    expect(models.map(({ path }) => path.slice(home.length + 1))).toEqual(["twice/b.pt", "twice/a.pt"]);
  });
});
