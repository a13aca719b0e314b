import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTrainingState, isWeightsName } from "#eigenscope/formats/weights-names.js";
import { describe as describeModel } from "#eigenscope/node/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { fixture, refusal } from "../formats/files-in-memory.js";
import { SHA, startHub } from "./hub-server.js";

const one = (name: string): Uint8Array =>
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
const opened = async (name: string): Promise<[label: string, files: string[]]> => {
  const { input } = await describeModel(at(name), { minEigenvalues: 1 });
  return [input.label.slice(home.length + 1), input.files.map((file) => file.name)];
};
const message = async (name: string): Promise<string> =>
  (await refusal(describeModel(at(name)))).message.replaceAll(`${home}/`, "");

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-folders-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("a folder that holds its weights in subfolders", () => {
  it("of a diffusers pipeline names them", async () => {
    await write({
      "pipe/model_index.json": "{}",
      "pipe/unet/config.json": "{}",
      "pipe/unet/diffusion_pytorch_model.safetensors": one("u"),
      "pipe/vae/a.safetensors": one("v"),
      "pipe/vae/b.safetensors": one("w"),
      "pipe/scheduler/scheduler_config.json": "{}",
      "pipe/.cache/x.safetensors": one("x"),
    });
    expect(await message("pipe")).toBe(
      "pipe: the folder itself holds no weights, but its subfolders do. Name one of them: " +
        "pipe/unet (diffusion_pytorch_model.safetensors), pipe/vae (a.safetensors and 1 more).",
    );
    expect((await opened("pipe/unet"))[1]).toEqual(["diffusion_pytorch_model.safetensors"]);
  });

  it(
    "of a Trainer names the checkpoints in the order of their steps, five of them, and none for an optimizer " +
      "alone",
    async () => {
      for (const step of [1000, 500, 1500, 2000, 2500, 3000])
        await write({ [`out/checkpoint-${step}/model.safetensors`]: one("a") });
      await write({
        "out/last/optimizer.pt": pickled,
        "out/training_args.bin": pickled,
        "out/runs/events.out.tfevents.1": "x",
      });
      const found = await message("out");
      expect(found.match(/checkpoint-\d+/g)).toEqual(
        ["500", "1000", "1500", "2000", "2500"].map((step) => `checkpoint-${step}`),
      );
      expect(found).toMatch(/ and 1 more\.$/);
      expect(found).not.toContain("last");
    },
  );

  it("of Megatron names the ranks, two folders down", async () => {
    await write({
      "megatron/latest_checkpointed_iteration.txt": "100",
      "megatron/iter_0000100/mp_rank_00/model_optim_rng.pt": pickled,
      "megatron/iter_0000100/mp_rank_01/model_optim_rng.pt": pickled,
      "megatron/iter_0000100/mp_rank_01/distrib_optim.pt": pickled,
    });
    const refusal =
      "megatron: mp_rank_00, mp_rank_01 in it are the ranks of a model-parallel checkpoint (Megatron): each holds " +
      "slices of the matrices. Merge the ranks with Megatron-LM";
    expect((await message("megatron")).slice(0, refusal.length)).toBe(refusal);
  });

  it("looks four folders down and no further, and follows no link", async () => {
    await write({ "deep/1/2/3/4/w.safetensors": one("a"), "deeper/1/2/3/4/5/w.safetensors": one("a") });
    expect(await message("deep")).toContain("deep/1/2/3/4 (w.safetensors)");
    expect(await message("deeper")).toBe(
      "deeper: the folder holds only subfolders, and no weights were found in them. Name a weight file or " +
        "the folder that holds it.",
    );
    await mkdir(at("links"));
    await symlink("../pipe/unet", at("links/unet"));
    expect(await message("links")).not.toContain("Name one of them");
    await mkdir(at("bare"));
    expect(await message("bare")).toBe("bare: the folder is empty. Name a weight file or the folder that holds it.");
  });
});

describe("a folder that names its current state", () => {
  it("is read there: an entry of the hub's cache, by refs/main or by its only snapshot", async () => {
    await write({
      "cache/models--org--two/refs/main": "0123abcd\n",
      "cache/models--org--two/snapshots/0123abcd/model.safetensors": one("a"),
      "cache/models--org--two/snapshots/ffff0000/model.safetensors": one("b"),
      "cache/models--org--two/blobs/0a1b": one("c"),
      "cache/models--org--only/snapshots/89ab/model.safetensors": one("a"),
      "cache/models--org--many/snapshots/1/model.safetensors": one("a"),
      "cache/models--org--many/snapshots/2/model.safetensors": one("a"),
    });
    expect(await opened("cache/models--org--two")).toEqual([
      "cache/models--org--two/snapshots/0123abcd",
      ["model.safetensors"],
    ]);
    expect(await opened("cache/models--org--only")).toEqual([
      "cache/models--org--only/snapshots/89ab",
      ["model.safetensors"],
    ]);
    expect(await message("cache/models--org--many")).toMatch(
      /many\/snapshots\/1 \(model\.safetensors\), cache\/models--org--many\/snapshots\/2 /,
    );
    const found = ["only/snapshots/89ab", "two/snapshots/0123abcd", "many/snapshots/1", "many/snapshots/2"];
    expect(await message("cache")).toMatch(new RegExp(`${found.join(" .*")} \\(model\\.safetensors\\)\\.$`));
  });

  it("is read there: DeepSpeed's checkpoint in Lightning's folder, without the optimizer's partitions", async () => {
    const states = Object.fromEntries(
      [0, 1, 2].map((rank) => [
        `ds/epoch=1.ckpt/checkpoint/bf16_zero_pp_rank_${rank}_mp_rank_00_optim_states.pt`,
        pickled,
      ]),
    );
    await write({
      "ds/epoch=1.ckpt/latest": "checkpoint",
      "ds/epoch=1.ckpt/zero_to_fp32.py": "#",
      "ds/epoch=1.ckpt/checkpoint/mp_rank_00_model_states.pt": pickled,
      ...states,
    });
    expect(await opened("ds/epoch=1.ckpt")).toEqual(["ds/epoch=1.ckpt/checkpoint", ["mp_rank_00_model_states.pt"]]);
    const { input } = await describeModel(at("ds/epoch=1.ckpt/checkpoint"));
    const left =
      "files with the state of a training run hold no weights and were skipped: " +
      "bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt, ";
    expect(input.warnings.at(-1)?.slice(0, left.length)).toBe(left);
    expect(await message("ds")).toBe(
      "ds: the folder itself holds no weights, but its subfolders do. Name one of them: " +
        "ds/epoch=1.ckpt/checkpoint (mp_rank_00_model_states.pt).",
    );
  });

  it("is its own where the name leads out of it, or to nothing, or weights are beside it", async () => {
    await write({
      "out-of/latest": "../pipe",
      "gone/latest": "nothing",
      "beside/latest": "old",
      "beside/w.safetensors": one("a"),
      "beside/old/w.safetensors": one("b"),
    });
    expect(await message("out-of")).toMatch(/holds latest\./);
    expect(await message("gone")).toMatch(/holds latest\./);
    expect((await opened("beside"))[0]).toBe("beside");
  });

  it("and that holds nothing but a training's state is refused, though one of its files may be named", async () => {
    await write({ "state/optimizer.pt": pickled, "state/rng_state_0.pth": pickled });
    expect(await message("state")).toBe(
      "state: the folder holds the state of a training run, but no weights: optimizer.pt, rng_state_0.pth. " +
        "To read the file anyway, name it.",
    );
    expect((await opened("state/optimizer.pt"))[1]).toEqual(["optimizer.pt"]);
  });
});

describe("a pipeline on a hub", () => {
  it("names its folders as they are named there, from the hub's listing and, offline, from the cache", async () => {
    const files = {
      "unet/diffusion_pytorch_model.safetensors": one("u"),
      "vae/model.safetensors": one("v"),
      "model_index.json": "{}",
    };
    const hub = await startHub(files);
    try {
      const named =
        `org/model@${SHA}: the folder itself holds no weights, but its subfolders do. Name one of them: ` +
        `org/model@${SHA}:unet/ (diffusion_pytorch_model.safetensors), org/model@${SHA}:vae/ (model.safetensors).`;
      const online = { endpoint: hub.endpoint, cacheFolder: at("none") };
      expect((await refusal(describeModel("org/model", { hub: online }))).message).toBe(named);
      const entry = `hub/models--org--model`;
      await write({
        [`${entry}/refs/main`]: SHA,
        ...Object.fromEntries(
          Object.entries(files).map(([name, content]) => [`${entry}/snapshots/${SHA}/${name}`, content]),
        ),
      });
      const offline = { cacheFolder: at("hub"), offline: true };
      expect((await refusal(describeModel("org/model", { hub: offline }))).message).toBe(named);
    } finally {
      await hub.close();
    }
  });
});

describe("names of files", () => {
  it.each([
    "optimizer.pt",
    "optimizer.bin",
    "scheduler.pt",
    "scaler.pt",
    "rng_state.pth",
    "rng_state_12.pth",
    "training_args.bin",
    "distrib_optim.pt",
    "mp_rank_00_optim_states.pt",
    "bf16_zero_pp_rank_7_mp_rank_00_optim_states.pt",
    "checkpoint/zero_pp_rank_0_mp_rank_00_optim_states.pt",
  ])("%s is a training's state", (name) => {
    expect([isWeightsName(name), isTrainingState(name)]).toEqual([true, true]);
  });

  it.each([
    "mp_rank_00_model_states.pt",
    "model_optim_rng.pt",
    "pytorch_model.bin",
    "my_optimizer.pt",
    "optimizer.safetensors",
    "scheduler.onnx",
  ])("%s is none", (name) => {
    expect([isWeightsName(name), isTrainingState(name)]).toEqual([true, false]);
  });
});
