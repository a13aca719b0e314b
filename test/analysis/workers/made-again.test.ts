import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensorsOfParts, safetensorsWith } from "../../formats/build-safetensors.js";
import { bitsOf, normals, openTwice, writeFiles } from "./reopened.js";

let folder: string;
const at = (name: string): string => join(folder, name);
let seed = 1;
const random = (...shape: number[]) => ({
  shape,
  values: normals(
    shape.reduce((product, side) => product * side, 1),
    ++seed,
  ),
});
const bytes = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const LORA = {
  "base_model.model.h.0.fc.lora_A.weight": random(3, 20),
  "base_model.model.h.0.fc.lora_B.weight": random(24, 3),
};
const SHARDS: readonly Record<string, ReturnType<typeof random>>[] = [
  { "h.0.fc.weight": random(24, 20) },
  { "h.1.fc.weight": random(24, 20), "h.2.fc.weight": random(9, 8) },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "made-again-"));
  await writeFiles(folder, {
    "kinds/config.json": JSON.stringify({
      model_type: "llama",
      hidden_size: 8,
      num_attention_heads: 4,
      num_key_value_heads: 2,
    }),
    "kinds/model.safetensors": safetensorsWith({
      "h.0.dense.weight": random(30, 20),
      "h.0.wide.weight": random(20, 30),
      "h.0.one_row.weight": random(1, 7),
      "embed_tokens.weight": random(50, 12),
      "conv1.weight": random(6, 5, 3, 3),
      "conv2.weight": random(6, 5, 7),
      "conv3.weight": random(4, 5, 2, 3, 2),
      "h.0.self_attn.qkv_proj.weight": random(16, 8),
      "h.0.attn.in_proj_weight": random(36, 12),
      "h.0.mlp.experts.gate_up_proj": random(3, 8, 12),
      "experts.w1": random(3, 4, 5),
      "rnn.weight_ih_l0": random(48, 10),
      "rnn.weight_hh_l0": random(48, 12),
      "normed.weight_g": random(14, 1),
      "normed.weight_v": random(14, 9),
      "h.1.fc.lora_A.weight": random(3, 20),
      "h.1.fc.lora_B.weight": random(24, 3),
    }),
    "types.safetensors": safetensorsOfParts({
      "f64.weight": { dtype: "F64", shape: [9, 8], bytes: bytes(Float64Array.from(normals(72, 5))) },
      "bf16.weight": { dtype: "BF16", shape: [9, 8], bytes: bytes(normals(72, 6)).filter((_, i) => i % 4 > 1) },
      "f8.weight": { dtype: "F8_E4M3", shape: [9, 8], bytes: Uint8Array.from({ length: 72 }, (_, i) => i) },
      "f8.weight_scale": { dtype: "F32", shape: [1], bytes: bytes(Float32Array.of(0.5)) },
      "broken.weight": { dtype: "F32", shape: [9, 8], bytes: bytes(normals(72, 7).fill(Number.NaN, 3, 5)) },
    }),
    "base/model.safetensors": safetensorsWith({ "h.0.fc.weight": random(24, 20), "h.1.fc.weight": random(24, 20) }),
    "adapter/adapter_model.safetensors": safetensorsWith({ ...LORA, "h.7.whole.weight": random(10, 9) }),
    "adapter/adapter_config.json": JSON.stringify({ r: 3, lora_alpha: 7, base_model_name_or_path: "org/model" }),
    "shards/model-00001-of-00002.safetensors": safetensorsWith(SHARDS[0]),
    "shards/model-00002-of-00002.safetensors": safetensorsWith(SHARDS[1]),
    "shards/model.safetensors.index.json": JSON.stringify({
      weight_map: Object.fromEntries(
        SHARDS.flatMap((shard, k) =>
          Object.keys(shard).map((name) => [name, `model-0000${k + 1}-of-00002.safetensors`] as const),
        ),
      ),
    }),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Compares the values of each layer, and returns the kinds of layers that were compared. */
async function compared(path: string, options: Parameters<typeof openTwice>[1] = {}): Promise<string[]> {
  const { layers, remake, close } = await openTwice(path, options);
  try {
    for (const { name, source } of layers) {
      expect(source.recipe, name).toBeDefined();
      const again = await remake(source.recipe);
      expect(await bitsOf(again), name).toBe(await bitsOf(source));
      expect(again.origin, name).toEqual(source.origin);
    }
    return layers.map(({ name, type }) => `${type} ${name}`);
  } finally {
    await close();
  }
}

describe("the values that a worker reads by itself are those of the plan", () => {
  it.each(["slices", "flatten"] as const)(
    "for each kind of layer that a file can have (convolutions as %s)",
    async (conv) => {
      const kinds = await compared(at("kinds"), { conv });
      expect(kinds.map((kind) => kind.split(" ")[0]).sort()).toEqual(
        [
          ...["conv1d", "conv2d", "conv3d", "embedding", "lora"],
          // Dense: tall, wide, one row, weight-normed; q, k and v of two fused projections.
          ...Array(4 + 2 * 3).fill("dense"),
          // Three of each of three stacks (gate and up are two); four gates of each of two matrices.
          ...Array(3 * 3).fill("experts"),
          ...Array(2 * 4).fill("recurrent"),
        ].sort(),
      );
    },
  );

  it("for fused projections that are kept whole", async () => {
    expect((await compared(at("kinds"), { fused: "whole" })).filter((kind) => kind.includes("qkv_proj"))).toEqual([
      "dense h.0.self_attn.qkv_proj",
    ]);
  });

  it("for a part of the layers", async () => {
    expect(await compared(at("kinds"), { layers: ["*dense*", "experts.w1"] })).toEqual([
      "dense h.0.dense",
      "experts experts.w1[0]",
      "experts experts.w1[1]",
      "experts experts.w1[2]",
    ]);
  });

  it("for stored types of other widths, and values that are not finite", async () => {
    expect(await compared(at("types.safetensors"))).toHaveLength(4);
  });

  it("for an adapter alone, scaled by its configuration", async () => {
    expect(await compared(at("adapter"))).toEqual(["lora h.0.fc", "dense h.7.whole"]);
  });

  it("for an adapter that is merged on its base, and what was saved whole beside it", async () => {
    expect(await compared(at("adapter"), { base: at("base") })).toEqual(["dense h.0.fc", "dense h.7.whole"]);
  });

  it("for shards, named by their index, by their folder or by a glob", async () => {
    const names = ["h.0.fc", "h.1.fc", "h.2.fc"].map((name) => `dense ${name}`);
    for (const name of ["shards", "shards/model.safetensors.index.json", "shards/*-of-*.safetensors"])
      expect(await compared(at(name)), name).toEqual(names);
  });

  it("for every fixture of every format that holds layers", async () => {
    const formats = new Set<string>();
    let opened = 0;
    for (const name of ["formats", "cases"]) {
      const root = fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
      for (const entry of await readdir(root)) {
        const path = join(root, entry);
        const twice = await openTwice(path).catch(() => undefined);
        if (twice === undefined) continue;
        await twice.close();
        if (twice.layers.length === 0) continue;
        await compared(path);
        formats.add(twice.format);
        opened++;
      }
    }
    expect(opened).toBeGreaterThan(60);
    expect([...formats].sort()).toEqual([
      "flax",
      "gguf",
      "hdf5",
      "keras",
      "npy",
      "npz",
      "onnx",
      "pytorch",
      "safetensors",
      "tensorflow",
      "tflite",
    ]);
  });
});
