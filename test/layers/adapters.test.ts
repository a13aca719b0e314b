import { describe, expect, it } from "vitest";
import { Pace } from "#eigenscope/bytes/pace.js";
import type { Tensor } from "#eigenscope/formats/index.js";
import { withComponents } from "#eigenscope/layers/adapter-config.js";
import {
  type Layer,
  loadPatternEngine,
  mergeAdapters,
  type PatternEngine,
  parseAdapterConfig,
  parseModelConfig,
  planLayers,
} from "#eigenscope/layers/index.js";
import { mergeAdapter } from "#eigenscope/layers/merge-adapter.js";
import { patternValue } from "#eigenscope/layers/module-pattern.js";
import { planLayersInSteps } from "#eigenscope/layers/plan-layers.js";
import { counting, EVERYTHING, fileOf, holding, layerOf, matricesOf, matrix, plan } from "./tensors-in-memory.js";

/** B (out x r) times A (r x in): exact in small whole numbers. */
const A = [1, 2, 3, 0, -1, 4];
const B = [1, 0, 2, -1, 0, 3, 5, 1];
const PRODUCT = matrix(4, 3, (i, j) => B[2 * i] * A[j] + B[2 * i + 1] * A[3 + j]);
const scaled = (scale: number): number[][] => PRODUCT.map((row) => row.map((entry) => scale * entry));
const transposed = (rows: number[][]): number[][] => rows[0].map((_, j) => rows.map((row) => row[j]));

const MODULE = "base_model.model.model.layers.0.self_attn.q_proj";
const peft = (module = MODULE): Tensor[] => [
  holding(`${module}.lora_A.weight`, [2, 3], A, { dtype: "BF16", storedBits: 16 }),
  holding(`${module}.lora_B.weight`, [4, 2], B, { dtype: "BF16", storedBits: 16 }),
];
const engine = await loadPatternEngine();
const config = (json: object) => parseAdapterConfig({ r: 2, lora_alpha: 6, ...json }, { engine });

async function onlyLayer(
  tensors: readonly Tensor[],
  adapter?: ReturnType<typeof config>,
): Promise<{ layer: Layer; values: number[][] }> {
  const { layers } = plan(tensors, { adapter });
  expect(layers.length).toBe(1);
  return { layer: layers[0], values: (await matricesOf(layers[0]))[0] };
}

describe("the patterns of an adapter's configuration", () => {
  const long = (k: number): string => `${".*a".repeat(160)}${k}`;
  const patterns = config({ rank_pattern: Object.fromEntries(Array.from({ length: 64 }, (_, k) => [long(k), 4])) });

  it("are compiled once, not for each module", () => {
    let compiled = 0;
    const counted: PatternEngine = (expression) => {
      compiled++;
      return engine(expression);
    };
    const { rankPattern } = parseAdapterConfig({ rank_pattern: { "a.*b": 1, "c|d": 2 } }, { engine: counted });
    for (let k = 0; k < 20; k++) patternValue(rankPattern, `layers.${k}.q_proj`);
    expect(compiled).toBe(2);
  });

  it("of more than 512 characters are not run, as are those past the 64th", () => {
    const read = config({ rank_pattern: { [`.*${"a".repeat(510)}`]: 4, [`.*${"a".repeat(511)}`]: 5 } }).rankPattern;
    expect([read.expressions.length, read.refused.length]).toEqual([1, 1]);
    const more = config({
      rank_pattern: Object.fromEntries(Array.from({ length: 65 }, (_, k) => [`.*a${k}`, 4])),
    }).rankPattern;
    expect([more.expressions.length, more.refused.length]).toEqual([64, 1]);
  });

  // Right values: Python's re.match(rf"(.*\.)?({key})$", module), the first key in order.
  it.each([
    [{ q_proj: 1 }, "model.layers.0.q_proj", 1],
    [{ q_proj: 1 }, "q_proj", 1],
    [{ q_proj: 1 }, "model.layers.0.xq_proj", undefined],
    [{ "(q_proj|k_proj)": 1 }, "layers.3.k_proj", 1],
    [{ "q_proj|k_proj": 1 }, "layers.3.k_proj", 1],
    [{ "^q_proj": 1 }, "layers.3.q_proj", undefined],
    [{ "^q_proj": 1 }, "q_proj", 1],
    [{ "^layers\\.3\\.q_proj": 1 }, "layers.3.q_proj", 1],
    [{ "layers.3.q_proj": 1 }, "layers.3.q_proj", 1],
    [{ "layers.3.q_proj": 1 }, "layersX3.q_proj", 1],
    [{ "layers\\.3.q_proj": 1 }, "layersX3.q_proj", undefined],
    [{ "layers.3.q_proj$": 1 }, "model.layers.3.q_proj", 1],
    [{ "layers\\.[0-3]\\..*": 1 }, "model.layers.2.mlp.up", 1],
    [{ "layers\\.[0-3]\\..*": 1 }, "model.layers.4.mlp.up", undefined],
    [{ q_proj: 1, "self_attn.q_proj": 2 }, "self_attn.q_proj", 1],
    [{ "self_attn.q_proj": 2, q_proj: 1 }, "self_attn.q_proj", 2],
    [{ "q_.*": 3, q_proj: 1 }, "self_attn.q_proj", 3],
    [{ q_proj: 1, "q_.*": 3 }, "self_attn.q_proj", 1],
    [{ "(a|b)+c": 1 }, "x.abac", 1],
  ])("match as PEFT does: %j on %s", (keys, module, value) => {
    expect(patternValue(parseAdapterConfig({ alpha_pattern: keys }, { engine }).alphaPattern, module)).toBe(value);
  });

  it("of any nesting are matched in linear time", () => {
    const { alphaPattern } = parseAdapterConfig({ alpha_pattern: { "((x+x+)+)+y": 1 } }, { engine });
    // A backtracking engine would need some 2^512 steps.
    expect(patternValue(alphaPattern, "x".repeat(512))).toBeUndefined();
  });

  it.each(["(?<!x)q_proj", "(?!k)q_proj", "(q)\\1_proj", "q_proj\\Z", "q_proj("])(
    "that the engine lacks are refused by name where they could decide: %s",
    (key) => {
      const { alphaPattern } = parseAdapterConfig({ alpha_pattern: { k_proj: 1, [key]: 2, v_proj: 3 } }, { engine });
      expect(patternValue(alphaPattern, "a.k_proj")).toBe(1);
      expect(patternValue(alphaPattern, "a.v_proj")).toMatchObject({ key });
      expect(patternValue(alphaPattern, "a.o_proj")).toMatchObject({ key });
    },
  );

  it("refuse a product whose alpha a refused key may give, with the key", () => {
    const { layers, skipped } = plan(peft(), { adapter: config({ alpha_pattern: { "(?<!x)q_proj": 8 } }) });
    expect(layers).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual(
      [0, 1].map(() =>
        expect.stringMatching(/unknown scale: the key "\(\?<!x\)q_proj" of alpha_pattern in adapter_con/),
      ),
    );
  });

  it("are refused without an engine", () => {
    const { alphaPattern } = parseAdapterConfig({ alpha_pattern: { "q.*": 1 } });
    expect(patternValue(alphaPattern, "q_proj")).toMatchObject({ key: "q.*" });
  });

  it("give the event loop turns while they are held against many modules, and count against the budget", async () => {
    const tensors = Array.from({ length: 300 }, (_, k) => peft(`base_model.model.${"a.".repeat(90)}${k}`)).flat();
    const options = { conv: "slices", include: [], exclude: [], minEigenvalues: 1, adapter: patterns } as const;
    const pace = new Pace({ limited: false, nextTurn: async () => {} });
    const { layers } = await pace.run(planLayersInSteps(fileOf(tensors), options, pace));
    expect(layers).toHaveLength(300);
    expect(pace.turns).toBeGreaterThan(300);
    await expect(new Pace().run(planLayersInSteps(fileOf(tensors), options, new Pace()))).rejects.toThrow(
      /needs more work/,
    );
  });
});

describe("a low-rank adapter", () => {
  it("is one layer, alpha / r times B A, called like the module that it adapts; its factors are listed", async () => {
    const { layer, values } = await onlyLayer(peft(), config({}));
    expect(values).toEqual(scaled(3));
    expect(layer).toMatchObject({
      name: "model.layers.0.self_attn.q_proj",
      tensorName: `${MODULE}.lora_B.weight`,
      type: "lora",
      shape: [4, 3],
      N: 4,
      M: 3,
      knownRank: 2,
      dtype: "BF16 * BF16",
      storedBits: 64,
      block: 0,
      role: "attention.q",
    });
    expect(layer.notes).toEqual([
      "of rank 2 by construction: at most 2 of 3 eigenvalues of a matrix are not zero",
      "the product B A of an adapter's factors, times alpha 6 / 2 (adapter_config.json)",
    ]);
    expect(plan(peft()).skipped.map(({ name, reason }) => [name, reason])).toEqual(
      ["A", "B"].map((factor) => [
        `${MODULE}.lora_${factor}.weight`,
        "part of the adapter model.layers.0.self_attn.q_proj",
      ]),
    );
  });

  it("is B A itself where nothing gives alpha, and says that its scale is not known", async () => {
    const { layer, values } = await onlyLayer(peft());
    expect(values).toEqual(PRODUCT);
    expect(layer.notes[2]).toMatch(/^the scale of this adapter is not known: neither the file nor an adapter_config\./);
  });

  it.each([
    ["rank-stabilised", { use_rslora: true, lora_alpha: 2 * Math.SQRT2 }, 2],
    ["alpha of a module by its last word", { alpha_pattern: { q_proj: 8 } }, 4],
    ["alpha of a module by its whole name", { alpha_pattern: { "model.layers.0.self_attn.q_proj": 10 } }, 5],
    ["the first key that matches", { alpha_pattern: { q_proj: 8, "self_attn.q_proj": 10 } }, 4],
    ["a pattern with wildcards", { alpha_pattern: { "^model\\..*\\.q_proj$": 12 } }, 6],
    ["an alternation", { alpha_pattern: { ".*\\.layers\\.0\\..*(q_proj|k_proj)$": 14 } }, 7],
    ["not an anchored key", { alpha_pattern: { "^q_proj": 8 } }, 3],
    ["not a word's end", { alpha_pattern: { proj: 8, oj: 9 } }, 3],
  ])("scales: %s", async (_, json, scale) => {
    expect((await onlyLayer(peft(), config(json))).values).toEqual(scaled(scale));
  });

  it("of an embedding, or of a weight stored in x out, is in x out", async () => {
    const embedding = [holding("m.embed.lora_embedding_A", [2, 3], A), holding("m.embed.lora_embedding_B", [4, 2], B)];
    expect((await onlyLayer(embedding)).values).toEqual(transposed(PRODUCT));
    expect((await onlyLayer(peft(), config({ fan_in_fan_out: true, lora_alpha: 2 }))).values).toEqual(
      transposed(PRODUCT),
    );
  });

  it.each([
    ["kohya's", "lora_unet_to_q.lora_down.weight", "lora_unet_to_q.lora_up.weight", "lora_unet_to_q"],
    ["Diffusers'", "unet.attn.to_q.lora.down.weight", "unet.attn.to_q.lora.up.weight", "unet.attn.to_q"],
    ["old Diffusers'", "attn.processor.to_q_lora.down.weight", "attn.processor.to_q_lora.up.weight", "attn.to_q"],
    [
      "an attention processor's output",
      "attn.processor.to_out_lora.down.weight",
      "attn.processor.to_out_lora.up.weight",
      "attn.to_out.0",
    ],
    [
      "x-flux's",
      "double_blocks.3.processor.qkv_lora2.down.weight",
      "double_blocks.3.processor.qkv_lora2.up.weight",
      "double_blocks.3.txt_attn.qkv",
    ],
    [
      "x-flux's single blocks",
      "single_blocks.3.processor.proj_lora.down.weight",
      "single_blocks.3.processor.proj_lora.up.weight",
      "single_blocks.3.processor.proj",
    ],
    ["torchtune's", "layers.0.attn.q_proj.lora_a.weight", "layers.0.attn.q_proj.lora_b.weight", "layers.0.attn.q_proj"],
    ["llama.cpp's", "blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b", "blk.0.attn_q"],
    [
      "NeMo's",
      "model.layers.0.self_attention.adapter_layer.lora_kqv_adapter.linear_in.weight",
      "model.layers.0.self_attention.adapter_layer.lora_kqv_adapter.linear_out.weight",
      "model.layers.0.self_attention",
    ],
    [
      "Megatron Bridge's",
      "decoder.layers.0.mlp.linear_fc1.adapter.linear_in.weight",
      "decoder.layers.0.mlp.linear_fc1.adapter.linear_out.weight",
      "decoder.layers.0.mlp.linear_fc1",
    ],
    ["a running model's", "q.lora_A.default.weight", "q.lora_B.default.weight", "q"],
    ["loralib's", "q.lora_A", "q.lora_B", "q"],
  ])("is found by %s names", async (_, a, b, name) => {
    const { layer, values } = await onlyLayer([holding(a, [2, 3], A), holding(b, [4, 2], B)]);
    expect([layer.name, values]).toEqual([name, PRODUCT]);
  });

  it("of MLX has both factors the other way round, and its scale in the configuration", async () => {
    const factors = [
      holding("q.lora_a", [3, 2], [1, 0, 2, -1, 3, 4]),
      holding("q.lora_b", [2, 4], [1, 2, 0, 5, 0, -1, 3, 1]),
    ];
    const adapter = parseAdapterConfig({ lora_parameters: { rank: 2, scale: 20 } });
    expect((await onlyLayer(factors, adapter)).values).toEqual(scaled(20));
  });

  it("of llama.cpp's token embedding is in x out, of factors in x r and out x r", async () => {
    const factors = [
      holding("token_embd.weight.lora_a", [4, 2], B),
      holding("token_embd.weight.lora_b", [3, 2], [1, 0, 2, -1, 3, 4]),
    ];
    expect((await onlyLayer(factors)).values).toEqual(PRODUCT);
  });

  it.each([
    ["adapter.lora.alpha", { "adapter.type": "lora", "adapter.lora.alpha": "6" }, 3],
    ["none of llama.cpp's: scale 1", { "adapter.type": "lora" }, 1],
    ["llama.cpp's 0: scale 1", { "adapter.lora.alpha": "0" }, 1],
    ["kohya's", { ss_network_alpha: "8.0" }, 4],
  ])("takes alpha from the file's metadata: %s", async (_, metadata, scale) => {
    const { layers } = planLayers(fileOf(peft(), "gguf", metadata), EVERYTHING);
    expect(await matricesOf(layers[0])).toEqual([scaled(scale)]);
    expect(layers[0].notes.join()).not.toContain("not known");
  });

  it("says that its scale is not known where kohya's metadata have no number", () => {
    const { layers } = planLayers(fileOf(peft(), "safetensors", { ss_network_alpha: "None" }), EVERYTHING);
    expect(layers[0].notes[2]).toContain("not known");
  });

  it("of a pipeline has the configuration of its component, whose patterns see the names within it", async () => {
    const own = (json: object) => parseAdapterConfig(json, { engine, source: "the header" });
    const adapter = withComponents(
      new Map([
        ["unet", own({ r: 2, lora_alpha: 4, alpha_pattern: { "^to_q": 10 } })],
        ["text_encoder", own({ r: 2, lora_alpha: 8, use_rslora: true })],
      ]),
      undefined,
    );
    const { layers } = plan([...peft("unet.to_q"), ...peft("unet.to_k"), ...peft("text_encoder.fc")], { adapter });
    expect(await Promise.all(layers.map(matricesOf))).toEqual(
      [5, 2, 8 / Math.SQRT2].map((scale) => [scaled(scale).map((row) => row.map((each) => expect.closeTo(each, 12)))]),
    );
    expect(layers[0].notes[1]).toBe("the product B A of an adapter's factors, times alpha 10 / 2 (the header)");
  });

  it("takes alpha from the file where it is there", async () => {
    const tensors = [
      holding("m.alpha", [], [4]),
      holding("m.lora_down.weight", [2, 3], A),
      holding("m.lora_up.weight", [4, 2], B),
    ];
    const { layer, values } = await onlyLayer(tensors);
    expect(values).toEqual(scaled(2));
    expect(layer.notes[1]).toMatch(/times the file's alpha \/ 2/);
    expect(plan(tensors).skipped[0]).toMatchObject({ name: "m.alpha", reason: "part of the adapter m" });
  });

  it("of a convolution has A's positions", async () => {
    const [r, inputs, out] = [2, 3, 4];
    const layer = single(
      plan([counting("c.lora_A.weight", [r, inputs, 1, 2]), holding("c.lora_B.weight", [out, r, 1, 1], B)]).layers,
    );
    expect(layer).toMatchObject({
      type: "lora",
      shape: [out, inputs, 1, 2],
      rf: 2,
      M: 3,
      knownRank: 2,
      eigenvalueScale: 0.5,
    });
    const entry = (k: number) => (i: number, j: number) =>
      B[2 * i] * (2 * j + k) + B[2 * i + 1] * (2 * inputs + 2 * j + k);
    expect(await matricesOf(layer)).toEqual([0, 1].map((k) => matrix(out, inputs, entry(k))));
  });

  it("of a fused projection is split like it", async () => {
    const b = Array.from({ length: 12 }, (_, k) => k - 5);
    const tensors = [
      holding("h.attn.qkv_proj.lora_A.weight", [2, 2], [1, 2, 3, 4]),
      holding("h.attn.qkv_proj.lora_B.weight", [6, 2], b),
    ];
    const { layers } = plan(tensors);
    expect(layers.map(({ name, type, knownRank }) => [name, type, knownRank])).toEqual(
      ["q", "k", "v"].map((part) => [`h.attn.qkv_proj[${part}]`, "lora", 2]),
    );
    expect(await matricesOf(layers[1])).toEqual([
      matrix(2, 2, (i, j) => b[2 * (2 + i)] * [1, 2][j] + b[2 * (2 + i) + 1] * [3, 4][j]),
    ]);
  });

  it("gives any range of its product in any chunks", async () => {
    const [r, inputs, out] = [3, 7, 11];
    const tensors = [
      counting("m.lora_A.weight", [r, inputs], { yields: 2 }),
      counting("m.lora_B.weight", [out, r], { yields: 4 }),
    ];
    const layer = single(plan(tensors).layers);
    const entry = (i: number, j: number): number =>
      [0, 1, 2].reduce((sum, k) => sum + (i * r + k) * (k * inputs + j), 0);
    expect(await matricesOf(layer)).toEqual([matrix(out, inputs, entry)]);
  });

  it("keeps its rank in the arithmetic: blocks are doubles", async () => {
    const layer = single(plan(peft()).layers);
    for await (const block of layer.source.blocks()) expect(block).toBeInstanceOf(Float64Array);
  });

  it("is called beside the weight that it adapts where the file has both", () => {
    const names = plan([
      counting("q.weight", [4, 3]),
      holding("q.lora_A", [2, 3], A),
      holding("q.lora_B", [4, 2], B),
    ]).layers.map(({ name }) => name);
    expect(names).toEqual(["q", "q.lora"]);
  });

  it.each([
    ["a lone factor", [counting("m.lora_A.weight", [2, 3])], /the other is not in the file/],
    [
      "factors that do not fit",
      [counting("m.lora_A.weight", [2, 3]), counting("m.lora_B.weight", [4, 5])],
      /do not fit each other: A 2 x 3, B 4 x 5/,
    ],
    ["rank 0", [counting("m.lora_A.weight", [0, 3]), counting("m.lora_B.weight", [4, 0])], /rank 0/],
    [
      "a factor too large to hold",
      [counting("m.lora_A.weight", [2 ** 14, 2 ** 14]), counting("m.lora_B.weight", [4, 2 ** 14])],
      /more than the limit of 67108864/,
    ],
    ["LoHa", [counting("m.hada_w1_a", [4, 2])], /LoHa/],
    ["DoRA's magnitudes", [counting("m.lora_magnitude_vector", [4])], /DoRA/],
  ])("leaves out %s with its reason", (_, tensors, reason) => {
    const { layers, skipped } = plan(tensors);
    expect(layers).toEqual([]);
    expect(skipped.length).toBe(tensors.length);
    for (const each of skipped) expect(each.reason).toMatch(reason);
  });

  it("of all experts of a stack together is left out: the sum over experts means nothing", () => {
    const module = "base_model.model.mlp.experts";
    const { layers, skipped } = plan(peft(module), { adapter: parseAdapterConfig({ r: 1, lora_alpha: 1 }) });
    expect(layers).toEqual([]);
    expect(skipped[0].reason).toMatch(/of rank 2, where adapter_config\.json says 1: the factors of all experts/);
  });

  it("says where DoRA's magnitudes were not applied", async () => {
    const { layer } = await onlyLayer([...peft(), counting(`${MODULE}.lora_magnitude_vector`, [4])]);
    expect(layer.notes).toContain("a DoRA adapter: its magnitudes scale W + dW, so they are applied with --base only");
  });

  it("that is not selected is listed by the name that it would have", () => {
    expect(plan(peft(), { exclude: ["*q_proj"] }).skipped.map(({ name }) => name)).toContain(
      "model.layers.0.self_attn.q_proj.weight",
    );
  });
});

describe("merging an adapter", () => {
  const base = holding(
    "model.layers.0.self_attn.q_proj.weight",
    [4, 3],
    Array.from({ length: 12 }, (_, k) => 100 * k),
    { dtype: "BF16", storedBits: 16 },
  );

  it("adds its product to the base's weights, and keeps what the base is", async () => {
    const under = layerOf(base);
    const { layer } = await onlyLayer(peft(), config({}));
    const merged = mergeAdapter(under, layer);
    expect(await matricesOf(merged)).toEqual([matrix(4, 3, (i, j) => 100 * (3 * i + j) + 3 * PRODUCT[i][j])]);
    expect(merged).toMatchObject({ name: under.name, type: "dense", dtype: "BF16", storedBits: 16 });
    expect(merged.knownRank).toBeUndefined();
    expect(merged.notes).toEqual(["its adapter was added", expect.stringContaining("alpha 6 / 2")]);
  });

  it("says that an adapter of unknown scale was added as it is", async () => {
    const { layer } = await onlyLayer(peft());
    expect(mergeAdapter(layerOf(base), layer).notes).toContain(
      "added at scale 1, as loaders do: the scale of this adapter is not known",
    );
  });

  const SUM = matrix(4, 3, (i, j) => 100 * (3 * i + j) + 3 * PRODUCT[i][j]);
  const close = (rows: number[][]) => rows.map((row) => row.map((value) => expect.closeTo(value, 9)));

  it.each([
    ["PEFT's", `${MODULE}.lora_magnitude_vector`, [4]],
    ["PEFT's running", `${MODULE}.lora_magnitude_vector.weight`, [4]],
    ["LyCORIS'", `${MODULE}.dora_scale`, [4, 1]],
  ])("gives the outputs of W + dW the lengths of a DoRA adapter: %s", async (_, name, shape) => {
    const { layer } = await onlyLayer([...peft(), holding(name, shape, [1, 2, 3, 4])], config({}));
    const merged = mergeAdapter(layerOf(base), layer);
    const lengths = SUM.map((row) => Math.hypot(...row));
    expect(await matricesOf(merged)).toEqual([close(matrix(4, 3, (i, j) => ((i + 1) * SUM[i][j]) / lengths[i]))]);
    expect(merged.notes).toContain("its rows have the lengths of a DoRA adapter");
    expect(merged.notes.join()).not.toContain("with --base only");
  });

  it("gives the inputs of W + dW the lengths of a LyCORIS adapter that is so shaped", async () => {
    const { layer } = await onlyLayer([...peft(), holding(`${MODULE}.dora_scale`, [1, 3], [1, 2, 3])], config({}));
    const lengths = [0, 1, 2].map((j) => Math.hypot(...SUM.map((row) => row[j])));
    expect(await matricesOf(mergeAdapter(layerOf(base), layer))).toEqual([
      close(matrix(4, 3, (i, j) => ((j + 1) * SUM[i][j]) / lengths[j])),
    ]);
  });

  it("gives the outputs of a weight in x out, its columns, the lengths of a DoRA adapter", async () => {
    const magnitudes = holding(`${MODULE}.lora_magnitude_vector`, [4], [1, 2, 3, 4]);
    const { layer } = await onlyLayer([...peft(), magnitudes], config({ fan_in_fan_out: true }));
    const stored = transposed(Array.from({ length: 4 }, (_, i) => [0, 1, 2].map((j) => 100 * (3 * i + j)))).flat();
    const merged = mergeAdapter(layerOf(holding(base.name, [3, 4], stored)), layer);
    const lengths = SUM.map((row) => Math.hypot(...row));
    expect(await matricesOf(merged)).toEqual([
      close(transposed(matrix(4, 3, (i, j) => ((i + 1) * SUM[i][j]) / lengths[i]))),
    ]);
  });

  it("refuses magnitudes that do not fit", async () => {
    const { layer } = await onlyLayer([...peft(), counting(`${MODULE}.lora_magnitude_vector`, [5])]);
    expect(() => mergeAdapter(layerOf(base), layer)).toThrow(
      /the magnitudes of the DoRA adapter of .* do not fit 4 x 3/,
    );
  });

  it("refuses matrices of another shape with both", async () => {
    const { layer } = await onlyLayer(peft());
    expect(() => mergeAdapter(layerOf(counting("q.weight", [5, 3])), layer)).toThrow(
      /the adapter of q makes 4 x 3, the base has 5 x 3/,
    );
    expect(() => mergeAdapter(layerOf(counting("q.weight", [3, 4])), layer)).toThrow(RangeError);
    expect(() => mergeAdapter(layerOf(counting("q.weight", [3, 4])), layer)).toThrow(/transposed \(fan_in_fan_out\)/);
  });

  it("pairs by name, with or without the outermost module, and lists what finds no base", async () => {
    const adapter = plan([...peft(), ...peft("base_model.model.model.layers.1.self_attn.q_proj")]);
    const bare = plan([
      { ...base, name: "layers.0.self_attn.q_proj.weight" },
      counting("layers.0.self_attn.k_proj.weight", [4, 3]),
    ]);
    const { layers, unmerged } = mergeAdapters(bare, adapter);
    expect(layers.map(({ name }) => name)).toEqual(["layers.0.self_attn.q_proj"]);
    expect((await matricesOf(layers[0]))[0][3]).toEqual([900, 1000, 1100].map((value, j) => value + PRODUCT[3][j]));
    expect(unmerged.map(({ layer, reason }) => [layer.name, reason])).toEqual([
      ["model.layers.1.self_attn.q_proj", "adapts model.layers.1.self_attn.q_proj, which the base does not have"],
    ]);
  });

  it("tells a base that has the weight as something that is left out", () => {
    const packed = { ...base, dtype: "I32", floating: false };
    expect(mergeAdapters(plan([packed]), plan(peft())).unmerged[0].reason).toMatch(
      /has only as a skipped tensor: integers/,
    );
  });

  it("pairs kohya's names, whose dots are underscores", () => {
    const factors = [
      holding("lora_unet_mid_block_to_q.lora_down.weight", [2, 3], A),
      holding("lora_unet_mid_block_to_q.lora_up.weight", [4, 2], B),
    ];
    const { layers, unmerged } = mergeAdapters(plan([counting("mid_block.to_q.weight", [4, 3])]), plan(factors));
    expect(layers.map(({ name }) => name)).toEqual(["mid_block.to_q"]);
    expect(unmerged).toEqual([]);
  });

  it("keeps modules that were saved whole, and says so", () => {
    const { layers } = mergeAdapters(
      plan([base]),
      plan([...peft(), counting("base_model.model.score.weight", [4, 3])]),
    );
    expect(layers.map(({ type }) => type)).toEqual(["dense", "dense"]);
    expect(layers[1].notes).toEqual(["saved whole beside the adapter, in place of the base's"]);
  });

  it("merges the parts of a fused projection one by one", async () => {
    const sizes = parseModelConfig({ num_attention_heads: 2, num_key_value_heads: 1, head_dim: 1 });
    const adapter = plan(peft("base_model.model.attn.qkv_proj"), { config: sizes });
    const { layers } = mergeAdapters(plan([counting("attn.qkv_proj.weight", [4, 3])], { config: sizes }), adapter);
    expect(layers.map(({ name }) => name)).toEqual(["attn.qkv_proj[q]", "attn.qkv_proj[k]", "attn.qkv_proj[v]"]);
    expect(await matricesOf(layers[1])).toEqual([[[6, 7, 8].map((value, j) => value + PRODUCT[2][j])]]);
  });
});

function single(layers: readonly Layer[]): Layer {
  expect(layers.length).toBe(1);
  return layers[0];
}
