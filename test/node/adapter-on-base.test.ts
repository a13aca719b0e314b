import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { analyze, describe as describeModel } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { refusal } from "../formats/files-in-memory.js";
import { startServer, type TestServer } from "../remote/test-server.js";
import { SHA, startHub } from "./hub-server.js";

const [OUT, IN, RANK, ALPHA] = [48, 32, 4, 8];
const normal = normalSampler(createRng(11));
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, normal);

const Q = "model.layers.0.self_attn.q_proj";
const K = "model.layers.0.self_attn.k_proj";
const MLP = "model.layers.0.mlp.up_proj";
const W = Object.fromEntries([Q, K, MLP].map((name) => [name, numbers(OUT * IN)]));
const A = numbers(RANK * IN);
const B = numbers(OUT * RANK);

/** W + (alpha / r) B A, rounded to f32 once. */
const MERGED = Float32Array.from({ length: OUT * IN }, (_, at) => {
  const [i, j] = [Math.floor(at / IN), at % IN];
  let sum = 0;
  for (let k = 0; k < RANK; k++) sum += (ALPHA / RANK) * B[i * RANK + k] * A[k * IN + j];
  return W[Q][at] + sum;
});

const matrices = (weights: Record<string, Float32Array>): Uint8Array =>
  safetensorsWith(
    Object.fromEntries(
      Object.entries(weights).map(([name, values]) => [`${name}.weight`, { shape: [OUT, IN], values }]),
    ),
  );
const adapterOf = (...modules: readonly string[]): Uint8Array =>
  safetensorsWith(
    Object.fromEntries(
      modules.flatMap((name) => [
        [`base_model.model.${name}.lora_A.weight`, { shape: [RANK, IN], values: A }],
        [`base_model.model.${name}.lora_B.weight`, { shape: [OUT, RANK], values: B }],
      ]),
    ),
  );
const CONFIG = JSON.stringify({ r: RANK, lora_alpha: ALPHA, base_model_name_or_path: "org/model" });

let folder: string;
const at = (name: string): string => join(folder, name);
const write = async (files: Record<string, Uint8Array | string>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(at(name), content);
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-base-"));
  await write({
    "base/model.safetensors": matrices(W),
    "merged.safetensors": matrices({ [Q]: MERGED }),
    "adapter/adapter_model.safetensors": adapterOf(Q),
    "adapter/adapter_config.json": CONFIG,
    "other/adapter_model.safetensors": adapterOf(
      Q,
      "model.layers.7.self_attn.q_proj",
      "model.layers.8.self_attn.q_proj",
    ),
    "other/adapter_config.json": CONFIG,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("an adapter on its base", () => {
  it("is analysed as W + dW: as a file of the merged weights is", async () => {
    const merged = await analyze(at("adapter"), { base: at("base") }).results();
    const [expected] = await analyze(at("merged.safetensors")).results();
    expect(merged.map(({ record }) => record.name)).toEqual([Q]);
    const [{ record, spectrum }] = merged;
    // The file's weights were rounded to f32: each eigenvalue moves by at most 2 |W| |W| sqrt(n) 2^-24, far below 1e-5
    // of the largest.
    const scale = expected.spectrum!.eigenvalues.at(-1)!;
    for (const [k, value] of spectrum!.eigenvalues.entries()) {
      expect(Math.abs(value - expected.spectrum!.eigenvalues[k])).toBeLessThan(1e-5 * scale);
    }
    expect(record).toMatchObject({ layer_type: "dense", dtype: "F32", phase: expected.record.phase, hard_rank: IN });
    expect(record.notes[0]).toBe("its adapter was added");
    expect(record.notes[1]).toMatch(/times alpha 8 \/ 4/);
  });

  it("tells both inputs in the report, and how many layers of the base were left out", async () => {
    const { input, skipped } = await analyze(at("adapter"), { base: at("base") }).report();
    expect(input).toMatchObject({
      label: at("adapter"),
      files: [{ name: "adapter_model.safetensors" }],
      base: { label: at("base"), format: "safetensors", files: [{ name: "model.safetensors" }] },
      warnings: ["2 layers of the base were skipped: the adapter does not change them"],
    });
    expect(skipped.map(({ reason }) => reason)).toEqual([`part of the adapter ${Q}`, `part of the adapter ${Q}`]);
    expect((await analyze(at("adapter")).report()).input).not.toHaveProperty("base");
  });

  it("is described without reading a weight", async () => {
    const { layers, input } = await describeModel(at("adapter"), { base: at("base") });
    expect(layers).toMatchObject([{ name: Q, layer_type: "dense", shape: [OUT, IN] }]);
    expect(input.base?.label).toBe(at("base"));
  });

  it("is chosen from after it was merged", async () => {
    const { layers, skipped } = await describeModel(at("adapter"), { base: at("base"), layers: ["*k_proj"] });
    expect(layers).toEqual([]);
    expect(skipped.at(-1)).toMatchObject({ name: Q, reason: "not selected by --layers" });
    const few = await describeModel(at("adapter"), { base: at("base"), minEigenvalues: IN + 1 });
    expect(few.skipped.at(-1)?.reason).toMatch(/32 eigenvalues, fewer than 33/);
  });

  it("that changes a layer which the base lacks is refused by that layer's name", async () => {
    const error = await refusal(describeModel(at("other"), { base: at("base") }));
    expect(error.message).toBe(
      "safetensors, adapter_model.safetensors, tensor " +
        '"base_model.model.model.layers.7.self_attn.q_proj.lora_B.weight": adapts ' +
        "model.layers.7.self_attn.q_proj, which the base does not have (and 1 more like it). " +
        `${at("base")} is not the base of this adapter. adapter_config.json names the right one as ` +
        "base_model_name_or_path.",
    );
  });

  it("of another shape than the base's layer is refused with both", async () => {
    await write({
      "small/model.safetensors": safetensorsWith({ [`${Q}.weight`]: { shape: [IN, IN], values: numbers(IN * IN) } }),
    });
    const error = await refusal(describeModel(at("adapter"), { base: at("small") }));
    expect(error.message).toMatch(/makes 48 x 32, the base has 32 x 32/);
  });

  it("must be one, and its base must be there", async () => {
    expect((await refusal(describeModel(at("base"), { base: at("base") }))).message).toMatch(
      /holds no low-rank adapter.*omit --base/,
    );
    expect((await refusal(describeModel(at("adapter"), { base: at("nowhere") }))).message).toMatch(
      /nowhere: no such file or folder/,
    );
    expect((await refusal(analyze(at("adapter"), { base: at("nowhere") }).report())).kind).toBe("missing");
  });

  it(
    "is not looked for where the options or the model are refused first: a rejection of its own would crash " +
      "the process",
    async () => {
      const rejections = vi.fn();
      process.on("unhandledRejection", rejections);
      try {
        expect(() => analyze(at("nowhere"), { base: at("nowhere"), randomize: -1 })).toThrow(RangeError);
        await expect(describeModel(at("nowhere"), { base: at("nowhere"), randomize: -1 })).rejects.toThrow(RangeError);
        await refusal(describeModel(at("nowhere"), { base: at("nowhere") }));
        await refusal(analyze(at("nowhere"), { base: at("nowhere") }).report());
        await new Promise((resolve) => setImmediate(resolve));
        expect(rejections).not.toHaveBeenCalled();
      } finally {
        process.off("unhandledRejection", rejections);
      }
    },
  );

  it("may have a base at an address, or on a hub at a revision of its own", async () => {
    const server: TestServer = await startServer({ "/base.safetensors": matrices(W) });
    const hub = await startHub({ "model.safetensors": matrices(W) });
    vi.stubEnv("HF_HOME", at("home"));
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    try {
      for (const base of [`${server.origin}/base.safetensors`, "org/model", "org/model@v1"]) {
        const { layers, input } = await describeModel(at("adapter"), { base });
        expect(layers.map(({ name }) => name)).toEqual([Q]);
        expect(input.base?.label).toContain(base.startsWith("http") ? base : `org/model@${SHA}`);
      }
      // One file of each is read; nothing is asked of the hub for the adapter, which lies on disk.
      expect(hub.seen().every(({ path }) => !path.includes("adapter"))).toBe(true);
    } finally {
      vi.unstubAllEnvs();
      await Promise.all([server.close(), hub.close()]);
    }
  });
});
