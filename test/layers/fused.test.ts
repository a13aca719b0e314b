import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseModelConfig, planLayers } from "#eigenscope/layers/index.js";
import { counting, EVERYTHING, fileOf, matricesOf, matrix, plan } from "./tensors-in-memory.js";

const shapes = (planned: ReturnType<typeof plan>) => planned.layers.map(({ name, shape }) => [name, ...shape]);

/** Llama's numbers in small: four heads of two, one head of keys and values for every two. */
const GROUPED = parseModelConfig({
  model_type: "phi3",
  hidden_size: 8,
  num_attention_heads: 4,
  num_key_value_heads: 2,
});

describe("a fused projection of queries, keys and values", () => {
  it.each([
    "attn.in_proj_weight",
    "blocks.0.attn.qkv.weight",
    "h.0.self_attn.qkv_proj.weight",
    "Wqkv.weight",
    "blk.0.attn_qkv.weight",
  ])("%s is split into equal thirds of rows", async (name) => {
    const { layers } = plan([counting(name, [12, 4])]);
    const whole = name.replace(/\.weight$/, "");
    expect(layers.map((layer) => layer.name)).toEqual(["q", "k", "v"].map((part) => `${whole}[${part}]`));
    expect(layers.map(({ role }) => role)).toEqual(["attention.q", "attention.k", "attention.v"]);
    expect(layers[1]).toMatchObject({
      tensorName: name,
      type: "dense",
      shape: [4, 4],
      notes: ["one of q, k, v, which are stored in one matrix"],
    });
    expect(await matricesOf(layers[1])).toEqual([matrix(4, 4, (i, j) => (4 + i) * 4 + j)]);
  });

  it("of GPT-2 is split by columns, as its weights are stored in x out", async () => {
    const { layers } = plan([counting("h.0.attn.c_attn.weight", [4, 12])]);
    expect(layers.map(({ name }) => name)).toEqual(["h.0.attn.c_attn[q]", "h.0.attn.c_attn[k]", "h.0.attn.c_attn[v]"]);
    expect(await matricesOf(layers[2])).toEqual([matrix(4, 4, (i, j) => i * 12 + 8 + j)]);
  });

  it("with fewer keys than queries is split by the heads of the configuration, else whole with a note", async () => {
    const tensor = counting("layers.0.self_attn.qkv_proj.weight", [16, 8]);
    const split = plan([tensor], { config: GROUPED });
    expect(shapes(split)).toEqual([
      ["layers.0.self_attn.qkv_proj[q]", 8, 8],
      ["layers.0.self_attn.qkv_proj[k]", 4, 8],
      ["layers.0.self_attn.qkv_proj[v]", 4, 8],
    ]);
    expect(split.layers[0].notes).toEqual([
      "one of q, k, v, which are stored in one matrix (4 heads of 2, 2 of keys and values)",
    ]);
    expect(await matricesOf(split.layers[2])).toEqual([matrix(4, 8, (i, j) => (12 + i) * 8 + j)]);
    const whole = plan([tensor]);
    expect(shapes(whole)).toEqual([["layers.0.self_attn.qkv_proj", 16, 8]]);
    expect(whole.layers[0].notes).toEqual([
      expect.stringContaining("analysed as one: 16 x 8 does not determine the parts' sizes, and config.json"),
    ]);
  });

  it("is split by what a GGUF file says of itself", () => {
    const metadata = {
      "general.architecture": "phi3",
      "phi3.embedding_length": "8",
      "phi3.attention.head_count": "4",
      "phi3.attention.head_count_kv": "2",
    };
    const { layers } = planLayers(fileOf([counting("blk.0.attn_qkv.weight", [16, 8])], "gguf", metadata), EVERYTHING);
    expect(layers.map(({ shape }) => shape)).toEqual([
      [8, 8],
      [4, 8],
      [4, 8],
    ]);
  });

  it("of NeoX takes each head's rows from [heads, 3, size]", async () => {
    const config = parseModelConfig({ model_type: "gpt_neox", hidden_size: 6, num_attention_heads: 3 });
    const { layers } = plan([counting("layers.0.attention.query_key_value.weight", [18, 6])], { config });
    const rows = { q: [0, 1, 6, 7, 12, 13], k: [2, 3, 8, 9, 14, 15], v: [4, 5, 10, 11, 16, 17] };
    for (const [k, part] of (["q", "k", "v"] as const).entries()) {
      expect(layers[k].name).toBe(`layers.0.attention.query_key_value[${part}]`);
      expect(await matricesOf(layers[k])).toEqual([matrix(6, 6, (i, j) => rows[part][i] * 6 + j)]);
    }
  });

  it.each([
    // Falcon 7B says num_kv_heads 71 and means 1; 40B has groups; RW has a key for each query.
    [
      { model_type: "falcon", multi_query: true, num_kv_heads: 4 },
      { q: [0, 1, 2, 3, 4, 5, 6, 7], k: [8, 9], v: [10, 11] },
    ],
    [
      { model_type: "falcon", new_decoder_architecture: true, multi_query: true, num_kv_heads: 2 },
      { q: [0, 1, 2, 3, 8, 9, 10, 11], k: [4, 5, 12, 13], v: [6, 7, 14, 15] },
    ],
    [
      { model_type: "falcon" },
      { q: [0, 1, 6, 7, 12, 13, 18, 19], k: [2, 3, 8, 9, 14, 15, 20, 21], v: [4, 5, 10, 11, 16, 17, 22, 23] },
    ],
    [
      { model_type: "chatglm", multi_query_group_num: 2 },
      { q: [0, 1, 2, 3, 4, 5, 6, 7], k: [8, 9, 10, 11], v: [12, 13, 14, 15] },
    ],
  ])("called query_key_value is taken apart as %j orders it", async (family, rows) => {
    const config = parseModelConfig({ ...family, hidden_size: 8, num_attention_heads: 4 });
    const total = rows.q.length + rows.k.length + rows.v.length;
    const { layers } = plan([counting("h.0.query_key_value.weight", [total, 8])], { config });
    for (const [k, part] of (["q", "k", "v"] as const).entries()) {
      expect(await matricesOf(layers[k])).toEqual([matrix(rows[part].length, 8, (i, j) => rows[part][i] * 8 + j)]);
    }
  });

  it("whose order is not certain stays whole and says so", () => {
    const notes = (name: string, shape: readonly number[], json?: object) =>
      plan([counting(name, shape)], { config: json && parseModelConfig(json) }).layers.map((layer) =>
        layer.notes.join(),
      );
    expect(notes("query_key_value.weight", [12, 4])).toEqual([expect.stringMatching(/differs by family.*model_type/)]);
    expect(notes("query_key_value.weight", [12, 4], { model_type: "bloom" })).toEqual([
      expect.stringMatching(/interleave.*number of heads/),
    ]);
    expect(notes("qkv_proj.weight", [12, 4], { model_type: "codegen", n_head: 2, n_embd: 4 })).toEqual([
      expect.stringMatching(/CodeGen/),
    ]);
    expect(notes("query_key_value/kernel", [4, 12], { model_type: "bloom", n_head: 2, n_embd: 4 })).toEqual([
      expect.stringMatching(/interleave along its columns/),
    ]);
  });

  it("stays whole where asked for", async () => {
    const { layers } = plan([counting("attn.qkv.weight", [12, 4]), counting("mlp.gate_up_proj.weight", [6, 4])], {
      fused: "whole",
    });
    expect(layers.map(({ name, role }) => [name, role])).toEqual([
      ["attn.qkv", "attention.qkv"],
      ["mlp.gate_up_proj", "mlp.gate-up"],
    ]);
    expect(layers[0].notes).toEqual([
      "q, k, v are stored in one matrix and were analysed as one: as --fused whole asks",
    ]);
  });

  it("is not seen in Mamba's input projection, nor in a convolution", () => {
    expect(shapes(plan([counting("mixer.in_proj.weight", [12, 4])]))).toEqual([["mixer.in_proj", 12, 4]]);
    expect(plan([counting("attn.qkv.weight", [96, 32, 1, 1])]).layers.map(({ name, type }) => [name, type])).toEqual([
      ["attn.qkv", "conv2d"],
    ]);
  });

  it("is seen by the place that the file's graph gives a tensor without a name", () => {
    const hints = { role: "dense", denseLayout: "in-out", label: "blocks.0.attn.qkv" } as const;
    expect(shapes(plan([counting("onnx::MatMul_12", [4, 12], { hints })]))[2]).toEqual(["blocks.0.attn.qkv[v]", 4, 4]);
  });

  it("takes the image side's heads for the image side", () => {
    const config = parseModelConfig({
      model_type: "internvl",
      llm_config: { model_type: "internlm2", hidden_size: 8, num_attention_heads: 4, num_key_value_heads: 2 },
      vision_config: { model_type: "intern_vit_6b", hidden_size: 6, num_attention_heads: 3 },
    });
    const { layers } = plan(
      [counting("vision_model.l.attn.qkv.weight", [18, 6]), counting("model.l.attention.wqkv.weight", [16, 8])],
      {
        config,
      },
    );
    expect(layers.map(({ shape }) => shape[0])).toEqual([6, 6, 6, 8, 4, 4]);
  });
});

describe("a fused gate and up projection", () => {
  it("is split into halves of rows, by columns where the file says in x out", async () => {
    const { layers } = plan([counting("mlp.gate_up_proj.weight", [6, 4])]);
    expect(layers.map(({ name, role }) => [name, role])).toEqual([
      ["mlp.gate_up_proj[gate]", "mlp.gate"],
      ["mlp.gate_up_proj[up]", "mlp.up"],
    ]);
    expect(await matricesOf(layers[1])).toEqual([matrix(3, 4, (i, j) => (3 + i) * 4 + j)]);
    const turned = plan([counting("mlp.gate_up_proj.weight", [4, 6], { hints: { denseLayout: "in-out" } })]).layers;
    expect(await matricesOf(turned[0])).toEqual([matrix(4, 3, (i, j) => i * 6 + j)]);
  });

  it("of narrow experts is cut by rows even where columns are twice as many", () => {
    expect(shapes(plan([counting("mlp.gate_up_proj.weight", [4, 8])]))[0]).toEqual(["mlp.gate_up_proj[gate]", 2, 8]);
  });
});

describe("stacked experts", () => {
  const E = 3;
  const [d, f] = [4, 3];

  it("of gpt-oss are in x out, gate and up in alternate columns", async () => {
    const { layers, skipped } = plan([
      counting("mlp.experts.gate_up_proj", [E, d, 2 * f]),
      counting("mlp.experts.gate_up_proj_bias", [E, 2 * f]),
      counting("mlp.experts.down_proj", [E, f, d]),
    ]);
    expect(layers.map(({ name }) => name).slice(0, 4)).toEqual(
      ["[0][gate]", "[0][up]", "[1][gate]", "[1][up]"].map((suffix) => `mlp.experts.gate_up_proj${suffix}`),
    );
    expect(layers[3]).toMatchObject({ type: "experts", role: "mlp.up", shape: [d, f], N: 4, M: 3 });
    expect(layers[3].notes).toEqual(["one of gate, up, which are stored in one matrix in alternate columns"]);
    expect(await matricesOf(layers[2])).toEqual([matrix(d, f, (i, j) => d * 2 * f + i * 2 * f + 2 * j)]);
    expect(await matricesOf(layers[3])).toEqual([matrix(d, f, (i, j) => d * 2 * f + i * 2 * f + 2 * j + 1)]);
    expect(layers.slice(6).map(({ name, role }) => [name, role])).toEqual(
      [0, 1, 2].map((k) => [`mlp.experts.down_proj[${k}]`, "mlp.down"]),
    );
    expect(skipped).toMatchObject([{ name: "mlp.experts.gate_up_proj_bias", reason: "a bias, not a weight matrix" }]);
  });

  it("of gpt-oss in MXFP4 are out x in, gate and up in alternate rows", async () => {
    const { layers } = plan([
      counting("mlp.experts.gate_up_proj", [E, 2 * f, d]),
      counting("mlp.experts.gate_up_proj_bias", [E, 2 * f]),
      counting("mlp.experts.down_proj", [E, d, f]),
    ]);
    expect(await matricesOf(layers[2])).toEqual([matrix(f, d, (i, j) => 2 * f * d + 2 * i * d + j)]);
    expect(await matricesOf(layers[3])).toEqual([matrix(f, d, (i, j) => 2 * f * d + (2 * i + 1) * d + j)]);
  });

  it("of Llama 4 are in x out, and out x in elsewhere, gate before up", async () => {
    const inOut = plan([
      counting("experts.gate_up_proj", [E, d, 2 * f]),
      counting("experts.down_proj", [E, f, d]),
    ]).layers;
    expect(await matricesOf(inOut[3])).toEqual([matrix(d, f, (i, j) => d * 2 * f + i * 2 * f + f + j)]);
    const outIn = plan([
      counting("moe.input_linear.weight", [E, 2 * f, d]),
      counting("moe.output_linear.weight", [E, d, f]),
    ]).layers;
    expect(outIn[3].name).toBe("moe.input_linear[1][up]");
    expect(await matricesOf(outIn[3])).toEqual([matrix(f, d, (i, j) => 2 * f * d + (f + i) * d + j)]);
  });

  it("keep gate and up together where nothing tells the axis; the model's width does", () => {
    const tensor = counting("experts.gate_up_proj", [E, d, 2 * f]);
    const alone = plan([tensor]).layers;
    expect(alone.map(({ name }) => name)).toEqual([0, 1, 2].map((k) => `experts.gate_up_proj[${k}]`));
    expect(alone[0].notes).toEqual([expect.stringMatching(/analysed as one: neither down_proj nor config\.json/)]);
    expect(shapes(plan([tensor], { config: { hiddenSize: d } }))[1]).toEqual(["experts.gate_up_proj[0][up]", d, f]);
  });
});

it("a split reads each element of its tensor once, whatever the heads", async () => {
  const numbers = fc.record({
    groups: fc.integer({ min: 1, max: 4 }),
    each: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(numbers, fc.constantFrom("falcon", "phi3"), async ({ groups, each, size }, model_type) => {
      const config = parseModelConfig({
        model_type,
        new_decoder_architecture: true,
        num_attention_heads: groups * each,
        num_key_value_heads: groups,
        head_dim: size,
      });
      const rows = groups * (each + 2) * size;
      const { layers } = plan([counting("qkv_proj.weight", [rows, 5])], { config });
      const seen = (await Promise.all(layers.map(matricesOf))).flat(3);
      expect(layers.length).toBe(3);
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: rows * 5 }, (_, k) => k));
    }),
    { seed: 5, numRuns: 60 },
  );
});
