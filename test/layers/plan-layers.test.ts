import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensor } from "#eigenscope/formats/index.js";
import { parseAdapterConfig, planLayers } from "#eigenscope/layers/index.js";
import { counting, EVERYTHING, fileOf, layerOf, matricesOf, matrix, plan } from "./tensors-in-memory.js";

const reasonFor = (tensors: readonly Tensor[], name: string): string | undefined =>
  plan(tensors).skipped.find((skipped) => skipped.name === name)?.reason;

describe("planning layers", () => {
  it("takes two axes as one dense matrix, as stored, and says whether W is its transpose", async () => {
    const wide = layerOf(counting("fc.weight", [2, 3]));
    expect(wide).toMatchObject({
      name: "fc",
      tensorName: "fc.weight",
      type: "dense",
      N: 3,
      M: 2,
      Q: 1.5,
      rf: 1,
      transposed: true,
      eigenvalueScale: 1,
      index: 0,
    });
    expect(await matricesOf(wide)).toEqual([matrix(2, 3, (i, j) => i * 3 + j)]);
    expect(layerOf(counting("fc.weight", [3, 2])).transposed).toBe(false);
  });

  it.each([
    "model.embed_tokens.weight",
    "transformer.wte.weight",
    "wpe.weight",
    "token_embd.weight",
    "bert/word_embeddings",
    "emb/embeddings",
  ])("takes %s for an embedding", (name) => {
    expect(layerOf(counting(name, [30, 20])).type).toBe("embedding");
  });

  it("lets the file's graph overrule the name", () => {
    expect(layerOf(counting("embed_out.weight", [30, 20], { hints: { role: "dense" } })).type).toBe("dense");
    expect(layerOf(counting("table", [30, 20], { hints: { role: "embedding" } })).type).toBe("embedding");
  });

  it.each([
    ["fc.bias", [64], /^a bias/],
    ["ln.weight", [64], /a vector/],
    ["cls_token", [1, 1, 64], /a vector/],
    ["logit_scale", [], /a scalar/],
    ["h.0.attn.bias", [1, 1, 64, 64], /^a bias/],
    ["h.0.attn.masked_bias", [], /^a mask/],
    ["bn.running_mean", [64], /running statistics/],
    ["rotary.inv_freq", [32], /rotary/],
    ["gru/bias", [2, 96], /^a bias/],
    ["empty.weight", [0, 64], /has no elements \(0 x 64\)/],
    ["six", [2, 2, 2, 2, 2, 2], /6 axes \(2 x 2 x 2 x 2 x 2 x 2\)/],
    ["many", [5000, 4, 40], /neither a kernel nor a stack/],
    ["long", [2, 2 ** 27], /too long to read/],
  ] as const)("leaves out %s of shape %j with its reason", (name, shape, reason) => {
    expect(reasonFor([counting(name, shape)], name)).toMatch(reason);
  });

  it.each([
    ["I64", /integers \(I64\)/],
    ["BOOL", /booleans/],
    ["F4", /F4, which this version does not decode/],
    ["string", /string, which this version does not decode/],
  ] as const)("leaves out elements of type %s", (dtype, reason) => {
    expect(reasonFor([counting("x.weight", [64, 64], { dtype, floating: false })], "x.weight")).toMatch(reason);
  });

  it("89: takes 1 x 1 and keeps to the fewest eigenvalues asked for", () => {
    expect(layerOf(counting("a", [1, 1])).M).toBe(1);
    expect(
      plan([counting("a", [1, 50]), counting("b", [9, 50])], { minEigenvalues: 10 }).skipped.map(
        ({ reason }) => reason,
      ),
    ).toEqual(["1 eigenvalue, fewer than 10 (--min-eigenvalues)", "9 eigenvalues, fewer than 10 (--min-eigenvalues)"]);
  });

  it("analyses tied tensors once, names the others, and picks the one that was selected", () => {
    const tensors = [
      counting("wte.weight", [30, 20], { storageKey: "s" }),
      counting("lm_head.weight", [30, 20], { storageKey: "s" }),
    ];
    const all = plan(tensors);
    expect(all.layers).toMatchObject([{ name: "wte", tiedWith: ["lm_head.weight"] }]);
    expect(all.skipped).toMatchObject([{ name: "lm_head.weight", reason: "tied with wte.weight" }]);
    expect(plan(tensors, { include: ["lm_head"] }).layers).toMatchObject([
      { name: "lm_head", tiedWith: ["wte.weight"] },
    ]);
  });

  it("filters by globs on the layer's or the tensor's name, exclusion first, and says so", () => {
    const tensors = [counting("a.fc.weight", [4, 4]), counting("b.fc.weight", [4, 4]), counting("c.weight", [4, 4])];
    const { layers, skipped } = plan(tensors, { include: ["*.fc", "c.weight"], exclude: ["b*"] });
    expect(layers.map(({ name, index }) => [name, index])).toEqual([
      ["a.fc", 0],
      ["c", 2],
    ]);
    expect(skipped).toMatchObject([{ name: "b.fc.weight", reason: "excluded by --exclude b*" }]);
    expect(plan(tensors, { include: ["c"] }).skipped.map(({ reason }) => reason)).toEqual([
      "not selected by --layers",
      "not selected by --layers",
    ]);
  });

  it("filters the parts of a split tensor one by one", () => {
    const { layers, skipped } = plan([counting("experts.w1", [3, 4, 5])], { exclude: ["experts.w1[[]1]"] });
    expect(layers.map(({ name }) => name)).toEqual(["experts.w1[0]", "experts.w1[2]"]);
    expect(skipped).toMatchObject([{ name: "experts.w1[1]", shape: [4, 5] }]);
  });

  it("keeps the whole name where a shorter one would be another's", () => {
    const names = plan([
      counting("a.weight", [4, 4]),
      counting("a", [4, 4]),
      counting("b.weight", [4, 4]),
      counting("b/kernel", [4, 4]),
    ]).layers.map(({ name }) => name);
    expect(names).toEqual(["a.weight", "a", "b.weight", "b/kernel"]);
  });

  it("tells a part from a tensor that is called like it", () => {
    const { layers } = plan([counting("e[1]", [4, 4]), counting("e", [2, 40, 50])]);
    expect(layers.map(({ name }) => name)).toEqual(["e[1]", "e[0]", "e[1] (2)"]);
  });

  it("calls the layer of an .npy file by the file's stem, even one that ends in .weight", () => {
    const { layers } = planLayers(fileOf([counting("fc.weight", [4, 4])], "npy"), EVERYTHING);
    expect(layers[0].name).toBe("fc.weight");
  });

  it("says where weights were dequantised", () => {
    const layer = layerOf(counting("fc/kernel", [4, 4], { dtype: "uint8-affine", storedBits: 8, quantised: true }));
    expect(layer).toMatchObject({ quantised: true, storedBits: 8, dtype: "uint8-affine" });
    expect(layer.notes).toEqual([expect.stringContaining("dequantised from uint8-affine")]);
  });

  const codes = { dtype: "I32", floating: false } as const;
  const float8 = { dtype: "F8_E4M3", storedBits: 8 } as const;
  it.each([
    [
      "GPTQ or AWQ",
      [counting("q.qweight", [64, 64], codes), counting("q.scales", [64, 64]), counting("q.qzeros", [64, 8], codes)],
    ],
    ["compressed-tensors", [counting("q.weight_packed", [64, 64], codes), counting("q.weight_scale", [64, 64])]],
    [
      "bitsandbytes (4 bits)",
      [counting("q.weight", [64, 1], { dtype: "U8", floating: false }), counting("q.weight.absmax", [64, 16])],
    ],
    [
      "bitsandbytes (int8)",
      [counting("q.weight", [64, 64], { dtype: "I8", floating: false }), counting("q.SCB", [64])],
    ],
    ["codes with separate scales", [counting("q.weight", [64, 64], float8), counting("q.weight_scale_inv", [16, 16])]],
    [
      "MLX",
      [
        counting("q.weight", [64, 64], { dtype: "U32", floating: false }),
        counting("q.scales", [64, 16]),
        counting("q.biases", [64, 16]),
      ],
    ],
    [
      "MXFP4",
      [
        counting("mlp.gate_blocks", [4, 64, 16, 16], { dtype: "U8", floating: false }),
        counting("mlp.gate_scales", [4, 64, 16]),
      ],
    ],
  ])("never analyses weights packed by %s, nor their scales, even if no reader recognised the scheme", (_, tensors) => {
    const { layers, skipped } = plan(tensors);
    expect(layers).toEqual([]);
    expect(skipped.length).toBe(tensors.length);
  });

  it("takes nn.Bilinear for no stack of experts: three axes, and a bias for each of the first", () => {
    const { layers, skipped } = plan([counting("b.weight", [24, 64, 64]), counting("b.bias", [24])]);
    expect(layers).toEqual([]);
    expect(skipped[0].reason).toMatch(/^a bilinear form \(24 x 64 x 64\)/);
    expect(plan([counting("head.biaffine.weight", [24, 64, 64])]).layers).toEqual([]);
    expect(plan([counting("b.weight", [24, 64, 64]), counting("b.bias", [64])]).layers.length).toBe(24);
    expect(plan([counting("c.weight", [24, 64, 5]), counting("c.bias", [24])]).layers[0].type).toBe("conv1d");
  });

  it("loses no tensor and never calls two layers by one name, whatever the names, shapes and types", () => {
    const segment = fc.constantFrom(
      "a",
      "conv",
      "experts",
      "weight",
      "kernel",
      "bias",
      "query",
      "lstm",
      "weight_ih_l0",
      "weight_hh_l0",
      "recurrent_kernel",
      "scales",
      "a[0]",
      "embed",
      "qkv_proj",
      "c_attn",
      "query_key_value",
      "gate_up_proj",
      "down_proj",
      "gate_up_proj_bias",
      "lora_A",
      "lora_B",
      "lora_embedding_A",
      "lora_embedding_B",
      "lora_mid",
      "alpha",
      "weight_g",
      "weight_v",
      "",
    );
    const name = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .chain((parts) => fc.constantFrom(".", "/").map((separator) => parts.join(separator)));
    const tensor = fc.record({
      name,
      shape: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 12, 5000, 2 ** 27), { maxLength: 6 }),
      floating: fc.boolean(),
      storedBits: fc.constantFrom(8, 16, 32, 64),
      storageKey: fc.constantFrom("s", "t", ...Array.from({ length: 20 }, (_, k) => `k${k}`)),
      role: fc.constantFrom(undefined, "conv", "depthwise-conv", "dense", "recurrent", "norm"),
      kernelLayout: fc.constantFrom(undefined, "hwio", "oihw"),
    });
    const options = fc.record({
      conv: fc.constantFrom("slices", "flatten"),
      include: fc.constantFrom([], ["a*"]),
      exclude: fc.constantFrom([], ["*[[]1]"]),
      minEigenvalues: fc.constantFrom(1, 10),
      fused: fc.constantFrom(undefined, "split", "whole"),
      config: fc.constantFrom(
        undefined,
        { modelType: "gpt_neox", heads: 2, keyValueHeads: 2, headDim: 2 },
        { heads: 4, keyValueHeads: 1, headDim: 2 },
      ),
      adapter: fc.constantFrom(undefined, parseAdapterConfig({ r: 2, lora_alpha: 4, fan_in_fan_out: true })),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(tensor, { selector: (parts) => parts.name, maxLength: 12 }),
        options,
        (all, chosen) => {
          const tensors = all.map(({ name, shape, role, kernelLayout, ...parts }) =>
            counting(name, shape, { ...parts, hints: { role, kernelLayout } as Tensor["hints"] }),
          );
          const { layers, skipped } = plan(tensors, chosen as Parameters<typeof plan>[1]);
          // Every element of the file is in a layer or in something that was left out.
          const elements = (shape: readonly number[]): bigint =>
            shape.reduce((product, side) => product * BigInt(side), 1n);
          const sum = (shapes: readonly { readonly shape: readonly number[] }[]): bigint =>
            shapes.reduce((total, { shape }) => total + elements(shape), 0n);
          // An adapter's product is no tensor of the file; its factors are, and stand in what was left out.
          const stored = layers.filter(({ type }) => type !== "lora");
          const listed = skipped.filter(({ dtype }) => !dtype.includes(" * "));
          expect(sum([...stored, ...listed])).toBe(sum(tensors));
          for (const { name, shape } of tensors.filter((tensor) => elements(tensor.shape) === 0n)) {
            expect(skipped).toContainEqual(expect.objectContaining({ name, shape }));
          }
          expect(new Set(layers.map((layer) => layer.name)).size).toBe(layers.length);
          expect(new Set(layers.map((layer) => layer.index)).size).toBe(layers.length);
          for (const { N, M, rf, Q, source, shape } of layers) {
            expect([
              Math.max(source.rows, source.cols),
              Math.min(source.rows, source.cols),
              source.count,
              N / M,
            ]).toEqual([N, M, rf, Q]);
            expect(source.count * source.rows * source.cols).toBe(shape.reduce((product, side) => product * side, 1));
            expect(M * rf).toBeGreaterThanOrEqual(chosen.minEigenvalues);
          }
          for (const { reason } of skipped) expect(reason).not.toBe("");
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });
});
