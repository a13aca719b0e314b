import { describe, expect, it } from "vitest";
import { pairLayers } from "#eigenscope/analysis/compare/pair-layers.js";
import type { Comparison } from "#eigenscope/analysis/index.js";
import { compareModels } from "#eigenscope/analysis/index.js";
import { bytesInMemory, type FileSet, FormatError } from "#eigenscope/formats/index.js";
import { compare } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createReferenceEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { counting, plan } from "../layers/tensors-in-memory.js";

type Names = Record<string, readonly number[]>;

const planOf = (tensors: Names) => plan(Object.entries(tensors).map(([name, shape]) => counting(name, shape)));

/** What was paired, as [name in A, name in B, by what]. */
function paired(a: Names, b: Names): string[][] {
  return pairLayers(planOf(a), planOf(b)).pairs.map((pair) => [pair.a.name, pair.b.name, pair.by]);
}

const square = [16, 16];

describe("pairing the layers of two models", () => {
  it("prefers equal names, and never gives one layer two partners", () => {
    expect(
      paired({ "fc.weight": square, "model.fc.weight": square }, { "model.fc.weight": square, "fc.weight": square }),
    ).toEqual([
      ["fc", "fc", "name"],
      ["model.fc", "model.fc", "name"],
    ]);
    expect(paired({ "model.fc.weight": square, "module.fc.weight": square }, { "fc.weight": square })).toEqual([]);
  });

  it.each([
    ["_orig_mod.0.weight", "0.weight"],
    ["module.layer1.0.conv1.weight", "layer1.0.conv1.weight"],
    ["model.layers.0.mlp.up_proj.weight", "layers.0.mlp.up_proj.weight"],
    ["transformer.h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.weight"],
    ["model.language_model.layers.0.mlp.up_proj.weight", "language_model.model.layers.0.mlp.up_proj.weight"],
    ["0.fc.weight_quantized", "0.fc.weight"],
    ["model.layers.0._orig_mod.mlp._checkpoint_wrapped_module.up_proj.weight", "model.layers.0.mlp.up_proj.weight"],
  ])("takes %s for %s, without their wrappers", (a, b) => {
    const name = (tensor: string) => tensor.replace(/\.weight$/, "");
    expect(paired({ [a]: square }, { [b]: square })).toEqual([[name(a), name(b), "wrapper"]]);
  });

  it("pairs by the end of a name that one layer has, of the same sides, and not where two have it", () => {
    expect(paired({ "proj.weight": square }, { "head.proj.weight": square })).toEqual([["proj", "head.proj", "tail"]]);
    expect(paired({ "head.proj.weight": square }, { "proj.weight": square })).toEqual([["head.proj", "proj", "tail"]]);
    expect(paired({ "proj.weight": square }, { "head.proj.weight": square, "tail.proj.weight": square })).toEqual([]);
    expect(paired({ "proj.weight": square }, { "head.proj.weight": [16, 20] })).toEqual([]);
  });

  it("pairs GGUF's names with Hugging Face's by block and role", () => {
    const gguf = {
      "token_embd.weight": [40, 16],
      "blk.0.attn_q.weight": square,
      "blk.0.attn_output.weight": square,
      "blk.1.attn_q.weight": square,
      "blk.0.ffn_gate.weight": [32, 16],
      "blk.0.ffn_up.weight": [32, 16],
      "output.weight": [40, 16],
    };
    const huggingFace = {
      "model.embed_tokens.weight": [40, 16],
      "model.layers.0.self_attn.q_proj.weight": square,
      "model.layers.0.self_attn.o_proj.weight": square,
      "model.layers.1.self_attn.q_proj.weight": square,
      "model.layers.0.mlp.gate_proj.weight": [32, 16],
      "model.layers.0.mlp.up_proj.weight": [32, 16],
      "lm_head.weight": [40, 16],
    };
    const found = new Map(paired(gguf, huggingFace).map(([a, b]) => [a, b]));
    expect(Object.fromEntries(found)).toEqual({
      token_embd: "model.embed_tokens",
      "blk.0.attn_q": "model.layers.0.self_attn.q_proj",
      "blk.0.attn_output": "model.layers.0.self_attn.o_proj",
      "blk.1.attn_q": "model.layers.1.self_attn.q_proj",
      "blk.0.ffn_gate": "model.layers.0.mlp.gate_proj",
      "blk.0.ffn_up": "model.layers.0.mlp.up_proj",
      output: "lm_head",
    });
  });

  it("pairs the parts of a fused projection with split ones, and experts by their number", () => {
    expect(
      paired(
        { "h.0.attn.qkv_proj.weight": [48, 16], "h.0.mlp.gate_up_proj.weight": [64, 16] },
        {
          "layers.0.attn.wk.weight": square,
          "layers.0.attn.wq.weight": square,
          "layers.0.attn.wv.weight": square,
          "layers.0.mlp.up_proj.weight": [32, 16],
          "layers.0.mlp.gate_proj.weight": [32, 16],
        },
      ).map(([a, b]) => `${a} ${b}`),
    ).toEqual([
      "h.0.attn.qkv_proj[q] layers.0.attn.wq",
      "h.0.attn.qkv_proj[k] layers.0.attn.wk",
      "h.0.attn.qkv_proj[v] layers.0.attn.wv",
      "h.0.mlp.gate_up_proj[gate] layers.0.mlp.gate_proj",
      "h.0.mlp.gate_up_proj[up] layers.0.mlp.up_proj",
    ]);
    expect(
      paired(
        { "blk.0.ffn_up_exps.weight": [2, 32, 16] },
        { "layers.0.mlp.experts.1.up_proj.weight": [32, 16], "layers.0.mlp.experts.0.up_proj.weight": [32, 16] },
      ).map(([a, b]) => `${a} ${b}`),
    ).toEqual([
      "blk.0.ffn_up_exps[0] layers.0.mlp.experts.0.up_proj",
      "blk.0.ffn_up_exps[1] layers.0.mlp.experts.1.up_proj",
    ]);
  });

  it("keeps towers, cross attention and shared experts apart", () => {
    expect(paired({ "vision.blocks.0.attn.q_proj.weight": square }, { "blk.0.attn_q.weight": square })).toEqual([]);
    expect(
      paired(
        { "decoder.block.0.layer.1.EncDecAttention.q.weight": square },
        { "decoder.layers.0.self_attn.q_proj.weight": square },
      ),
    ).toEqual([]);
    expect(paired({ "layers.0.mlp.shared_expert.up_proj.weight": square }, { "blk.0.ffn_up.weight": square })).toEqual(
      [],
    );
  });
});

type Tensors = Record<string, { shape: readonly number[]; values: ArrayLike<number> }>;

function model(label: string, tensors: Tensors): FileSet {
  return { label, entry: label, list: async () => [label], open: async () => bytesInMemory(safetensorsWith(tensors)) };
}

const run = (a: Tensors, b: Tensors, options = {}): Promise<Comparison> =>
  compare(model("a.safetensors", a), model("b.safetensors", b), options);

function gaussian(rows: number, cols: number, seed: number) {
  return { shape: [rows, cols], values: Float64Array.from({ length: rows * cols }, normalSampler(createRng(seed))) };
}

function transposed({ shape: [rows, cols], values }: ReturnType<typeof gaussian>) {
  return {
    shape: [cols, rows],
    values: Float64Array.from({ length: rows * cols }, (_, k) => values[(k % rows) * cols + Math.floor(k / rows)]),
  };
}

describe("comparing models of other names", () => {
  const w = gaussian(24, 24, 1);

  it("says by what each layer was paired and what was assumed", async () => {
    const { layers, assumed } = await run(
      { "_orig_mod.0.weight": w, "_orig_mod.2.weight": w },
      { "0.weight": w, "2.weight": w },
    );
    expect(layers.map(({ name, name_b, paired_by, status }) => [name, name_b, paired_by, status])).toEqual([
      ["_orig_mod.0", "0", "wrapper", "unchanged"],
      ["_orig_mod.2", "2", "wrapper", "unchanged"],
    ]);
    expect(assumed).toHaveLength(1);
    expect((await run({ "0.weight": w }, { "0.weight": w })).assumed).toEqual([]);
  });

  it("takes no difference of rows in another order, and takes it where the order is the same", async () => {
    const rows = Float64Array.from(w.values, (_, k) => w.values[((Math.floor(k / 24) + 7) % 24) * 24 + (k % 24)]);
    const a = { "blk.0.attn_q.weight": w };
    const other = await run(a, { "layers.0.self_attn.q_proj.weight": { shape: w.shape, values: rows } });
    expect(other.layers[0]).toMatchObject({
      paired_by: "role",
      distance_raw: null,
      relative_change: null,
      difference: null,
      distance_cka: null,
    });
    expect(other.layers[0].notes.join()).toMatch(
      /were not computed: libraries order the rows within heads differently/,
    );
    expect(other.layers[0].columns.norm.change).toBeCloseTo(0, 6);
    const same = await run(a, {
      "layers.0.self_attn.q_proj.weight": { shape: w.shape, values: w.values.map((value) => 1.01 * value) },
    });
    expect(same.layers[0].relative_change).toBeCloseTo(0.01, 6);
  });

  it(
    "compares the spectra of a matrix that B stores the other way round, and takes no difference of square " +
      "ones beside it",
    async () => {
      const wide = gaussian(24, 40, 2);
      const { layers } = await run(
        { "h.0.mlp.c_fc.weight": wide, "h.0.attn.c_proj.weight": w },
        { "h.0.mlp.c_fc.weight": transposed(wide), "h.0.attn.c_proj.weight": transposed(w) },
      );
      for (const layer of layers) {
        expect(layer).toMatchObject({ status: "changed", difference: null, distance_raw: null });
        expect(layer.notes.join()).toContain("transposed");
        expect(layer.columns.norm.change).toBeCloseTo(0, 6);
      }
    },
  );

  it("refuses models of which no layer has a partner, and names what each holds", async () => {
    const refused = run({ "a.weight": w }, { "b.weight": w });
    await expect(refused).rejects.toBeInstanceOf(FormatError);
    await expect(refused).rejects.toThrow(
      /no layer of A has a partner in B: A holds 1 layer such as "a", B \(b\.safetensors\) 1 layer such as "b"/,
    );
    await expect(run({ "a.weight": w }, { "a.weight": gaussian(24, 30, 3) })).rejects.toThrow(
      /"a" is in both, with different shapes \(24 x 24 in A and 24 x 30 in B\)/,
    );
  });

  it("names the engine that was used, lists the options that it honours, and keeps the pool's warnings", async () => {
    const host = {
      createPool: async () => ({ ...inPlacePool(createReferenceEngine()), warnings: ["the pool's warning"] }),
    };
    const files = { a: model("a", { x: w }), b: model("b", { x: w }) };
    const { options, warnings } = await compareModels(files, {}, host);
    expect(warnings).toEqual(["the pool's warning"]);
    expect(options.engine).toBe("reference");
    expect(Object.keys(options).sort()).toEqual(
      [
        "conv",
        "engine",
        "exclude",
        "fused",
        "layers",
        "minEigenvalues",
        "precision",
        "root",
        "seed",
        "strictPickle",
      ].sort(),
    );
  });
});
