import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stepInName, stepOf } from "#eigenscope/node/watch/step-of.js";

describe("the step in a name", () => {
  it.each([
    ["checkpoint-500", 500],
    ["run/checkpoint-500", 500],
    ["epoch=3-step=1200.ckpt", 1200],
    ["version_0/checkpoints/epoch=3-step=1200-v1.ckpt", 1200],
    ["epoch-00005.safetensors", 5],
    ["epoch_3.pt", 3],
    ["resnet18-epoch7.pth", 7],
    ["global_step20", 20],
    ["model_iter_99.npz", 99],
    ["model_12.pt", 12],
    ["0012.pt", 12],
    ["500/model.safetensors", 500],
    ["step-5-?????-of-00002.safetensors", 5],
    ["ckpt7.pt", 7],
  ])("%s is %i", (name, step) => {
    expect(stepInName(name)).toBe(step);
  });

  it.each([
    "last.ckpt",
    "best.pt",
    "resnet18.pt",
    "version_0/last.ckpt",
    "run_5/model.pt",
    "model-?????-of-00003.safetensors",
    "last-v1.ckpt",
    "misstep",
    ".",
  ])("there is none in %s", (name) => {
    expect(stepInName(name)).toBeUndefined();
  });
});

const MODIFIED_MS = 1_234_999;

describe("the step of a checkpoint", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "eigenscope-step-"));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const state = (text: string) => writeFile(join(home, "trainer_state.json"), text);
  const folder = (name: string) => stepOf({ path: home, name, kind: "folder" }, MODIFIED_MS);
  const file = (name: string) => stepOf({ path: join(home, name), name, kind: "file" }, MODIFIED_MS);

  it("is that of trainer_state.json, then the number in the name, then the time", async () => {
    await state('{"global_step": 321}');
    expect(await folder("checkpoint-500")).toEqual({ value: 321, from: "trainer state" });
    for (const broken of ['{"global_step": 32', '{"global_step": -1}', '{"global_step": 1.5}', "null", "{}"]) {
      await state(broken);
      expect(await folder("checkpoint-500")).toEqual({ value: 500, from: "name" });
      expect(await folder("final")).toEqual({ value: 1234, from: "time" });
    }
  });

  it("of a file without a number is that of the state beside it", async () => {
    await state('{"global_step": 321}');
    expect(await file("model.safetensors")).toEqual({ value: 321, from: "trainer state" });
    expect(await file("epoch_3.pt")).toEqual({ value: 3, from: "name" });
    await rm(join(home, "trainer_state.json"));
    expect(await file("model.safetensors")).toEqual({ value: 1234, from: "time" });
  });
});
