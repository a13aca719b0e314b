import { describe, expect, it } from "vitest";
import { findSinusoids, planLayers } from "#eigenscope/layers/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { counting, EVERYTHING, fileOf, holding, plan, type TensorParts } from "./tensors-in-memory.js";

const reasonOf = (name: string, parts: TensorParts = {}): string | undefined =>
  plan([counting(name, [40, 20], parts)]).skipped[0]?.reason;

describe("evidence that a tensor is no weight matrix", () => {
  it.each([
    ["pe", /table of positions/],
    ["encoder.sinusoid_table", /table of positions/],
    ["cos", /rotary/],
    ["sin", /rotary/],
    ["model.freqs_cos", /rotary/],
    ["rotary_emb.sin_cached", /rotary/],
    ["mel_filters", /filter bank/],
    ["features.filterbank", /filter bank/],
    ["mfcc.dct_mat", /filter bank/],
    ["stft.forward_basis", /filter bank/],
    ["mixer.A_log", /decay rates/],
    ["blk.0.ssm_a", /decay rates/],
    ["blocks.0.att.time_decay", /decay rates/],
    ["quantize.ema_w", /codebook/],
    ["quantize._ema_w", /codebook/],
    ["quantize.embed_avg", /codebook/],
    ["anchors", /anchor boxes/],
    ["head.anchor_grid", /anchor boxes/],
    ["attn.relative_position_bias_table", /biases by relative position/],
    ["layer.0.SelfAttention.relative_attention_bias.weight", /biases by relative position/],
  ])("by its name: %s", (name, reason) => {
    expect(reasonOf(name)).toMatch(reason);
  });

  it.each([
    "fb.weight",
    "anchors.weight",
    "cos.weight",
    "type.weight",
    "recipe",
    "cosine",
    "embed",
    "ssm_out.weight",
    "wpe.weight",
  ])("takes no module or longer word for such a name: %s is a layer", (name) => {
    expect(plan([counting(name, [40, 20])]).layers).toHaveLength(1);
  });

  it("leaves an .npy file that the user named alone, whatever it is called, and not one of several arrays", () => {
    const one = planLayers(fileOf([counting("anchors", [40, 20])], "npy"), EVERYTHING);
    expect(one.layers).toHaveLength(1);
    const two = planLayers(fileOf([counting("anchors", [40, 20]), counting("fc", [40, 20])], "npy"), EVERYTHING);
    expect(two.layers.map(({ name }) => name)).toEqual(["fc"]);
  });

  it("by its consumers in the graph: a matrix that only other operators take, or none", () => {
    expect(reasonOf("w", { hints: { onlyFeeds: ["Add", "Mul"] } })).toMatch(
      /^feeds only Add, Mul: no matrix product, convolution or look-up/,
    );
    expect(reasonOf("w", { hints: { onlyFeeds: [] } })).toMatch(/^no operator of the graph takes it/);
    expect(reasonOf("w", { hints: { role: "dense" } })).toBeUndefined();
    expect(plan([counting("w", [40], { hints: { onlyFeeds: ["Add"] } })]).skipped[0].reason).toMatch(/a vector/);
  });
});

describe("codes in a module", () => {
  const integers = (name: string, ...shape: number[]) => counting(name, shape, { dtype: "I32", floating: false });
  const layersOf = (...tensors: Parameters<typeof plan>[0][number][]): string[] =>
    plan(tensors).layers.map(({ tensorName }) => tensorName);
  const matrix = counting("fc.odd", [40, 20]);

  it("speak against every matrix of it, and of no other module", () => {
    expect(layersOf(matrix, integers("fc.codes", 40, 5), counting("fc2.weight", [40, 20]))).toEqual(["fc2.weight"]);
    const { skipped } = plan([matrix, integers("fc.codes", 40, 5)]);
    expect(skipped.find(({ name }) => name === "fc.odd")?.reason).toBe(
      "stored beside fc.codes (I32), codes of a scheme that this version does not know",
    );
    expect(layersOf(matrix, integers("fc.inner.codes", 40, 5))).toEqual(["fc.odd"]);
    for (const inner of ["weight", "meta", "_packed_params", "weight_quantizer", "weight:tensor_impl"])
      expect(layersOf(matrix, integers(`fc.${inner}.codes`, 40, 5))).toEqual([]);
    expect(layersOf(counting("odd", [40, 20]), integers("codes", 40, 5))).toEqual([]);
  });

  it("may be floats of 8 bits, which are no layers themselves either", () => {
    const float8 = counting("fc.weight", [40, 20], { dtype: "F8_E4M3", storedBits: 8 });
    expect(layersOf(float8, matrix)).toEqual([]);
    expect(plan([float8]).skipped[0].reason).toMatch(/^floats of 8 bits \(F8_E4M3\) without known scales/);
    expect(layersOf(counting("fc.weight", [40, 20], { storedBits: 9 }), matrix)).toHaveLength(2);
    expect(layersOf({ ...float8, quantised: true })).toEqual(["fc.weight"]);
  });

  it("may be stored flat, if they are longer than a side: an index of rows or columns is not", () => {
    expect(layersOf(matrix, integers("fc.codes", 41))).toEqual([]);
    expect(layersOf(matrix, integers("fc.order", 40))).toEqual(["fc.odd"]);
    expect(layersOf(matrix, integers("fc.order", 40), integers("fc.codes", 200))).toEqual([]);
    expect(layersOf(matrix, integers("fc.step", 1, 1))).toEqual(["fc.odd"]);
  });

  it("are none if they are a known table of indices or booleans", () => {
    // DeepSeek-V4's router by token has tid2eid beside its weight.
    for (const table of [
      "relative_position_index",
      "position_ids",
      "tid2eid",
      "image_rp_bucket",
      "attention_bias_idxs",
    ])
      expect(layersOf(matrix, integers(`fc.${table}`, 49, 49))).toEqual(["fc.odd"]);
    expect(layersOf(matrix, integers("fc.ids", 49, 49))).toEqual([]);
    expect(layersOf(matrix, counting("fc.pruned", [40, 20], { dtype: "BOOL", floating: false }))).toEqual(["fc.odd"]);
  });

  it("do not speak against a matrix that the graph multiplies by, except in GGUF, which guesses roles", () => {
    const dense = counting("fc.odd", [40, 20], { hints: { role: "dense" } });
    expect(layersOf(dense, integers("fc.codes", 40, 5))).toEqual(["fc.odd"]);
    expect(planLayers(fileOf([dense, integers("fc.codes", 40, 5)], "gguf"), EVERYTHING).layers).toEqual([]);
  });

  it("form a module by the first words of their names in an archive of arrays without modules", () => {
    const named = (...tensors: Parameters<typeof plan>[0][number][]) =>
      planLayers(fileOf(tensors, "npz"), EVERYTHING).layers.map(({ name }) => name);
    const [codes, scale, other] = [integers("fc1_q", 40, 5), counting("fc1_m", [40, 20]), counting("W", [40, 20])];
    expect(named(codes, scale, other)).toEqual(["W"]);
    expect(named(integers("x_train", 60, 28, 28), other)).toEqual(["W"]);
  });

  it.each([
    ...[
      "scale",
      "scales",
      "weight_scale",
      "weight_scale_inv",
      "w13_weight_scale_2",
      "wscales",
      "weights_scaling_factor",
    ],
    ...["zeros", "qzeros", "zero_point", "absmax", "codebook", "codebooks", "lut", "tables2", "bitmask", "g_idx"],
    ...["scales_and_zeros", "weight:scale", "Wscale"],
  ])("have companions that are no layers whatever lies beside them: %s", (name) => {
    expect(layersOf(counting(`fc.${name}`, [40, 20]))).toEqual([]);
  });

  it.each(["upscale", "scaler", "scale_shift_table", "tables_of", "zeros_like_w", "autoscale", "s", "scale.weight"])(
    "have no companion in a tensor whose name only resembles one: %s",
    (name) => {
      expect(layersOf(counting(`fc.${name}`, [40, 20]))).toHaveLength(1);
    },
  );

  it("may have a wide type: a weight beside scales of its own is none, beside scales of activations it is one", () => {
    const weight = counting("fc.weight", [40, 20]);
    for (const name of ["weight_scale", "scales", "weight_zero_point", "SCB", "absmax", "bitmask", "weight.absmax"])
      expect(layersOf(weight, counting(`fc.${name}`, [40]))).toEqual([]);
    for (const name of ["input_scale", "k_scale", "output_scale", "scale", "bias", "weight_g"])
      expect(layersOf(weight, counting(`fc.${name}`, [1]))).toEqual(["fc.weight"]);
    expect(plan([weight, counting("fc.scales", [40])]).skipped[0].reason).toMatch(/may be codes of an unknown scheme/);
  });
});

/** Positions x columns: sine and cosine in turn, as in "Attention Is All You Need". */
function sinusoid(
  rows: number,
  cols: number,
  change: (value: number, row: number, col: number) => number = (value) => value,
): number[] {
  return Array.from({ length: rows * cols }, (_, k) => {
    const [row, col] = [Math.floor(k / cols), k % cols];
    const angle = row / 10_000 ** ((2 * (col >> 1)) / cols);
    return change(col % 2 === 0 ? Math.sin(angle) : Math.cos(angle), row, col);
  });
}

const bf16 = (value: number): number => {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] + 0x8000) & 0xffff0000;
  return new Float32Array(bits.buffer)[0];
};

describe("a sinusoid", () => {
  const found = async (
    numbers: readonly number[],
    [rows, cols]: [number, number],
    parts: TensorParts = {},
    name = "embed_positions.weight",
  ) => (await findSinusoids([holding(name, [rows, cols], numbers, parts)])).size === 1;

  it("is recognised by its values, whole, scaled, rounded to bf16, and with a row of padding", async () => {
    expect(await found(sinusoid(1500, 64), [1500, 64])).toBe(true);
    expect(
      await found(
        sinusoid(1500, 64, (value) => 0.02 * value),
        [1500, 64],
      ),
    ).toBe(true);
    expect(await found(sinusoid(300, 64, bf16), [300, 64], { storedBits: 16, dtype: "BF16" })).toBe(true);
    expect(
      await found(
        sinusoid(300, 64, (value, row) => (row === 1 ? 0 : value)),
        [300, 64],
      ),
    ).toBe(true);
  });

  it("is recognised in tables of cosines alone and in halves", async () => {
    const cosines = Array.from({ length: 64 * 16 }, (_, k) => Math.cos(Math.floor(k / 16) / 10_000 ** ((k % 16) / 16)));
    expect(await found(cosines, [64, 16])).toBe(true);
    const halves = Array.from({ length: 64 * 32 }, (_, k) => {
      const angle = Math.floor(k / 32) / 10_000 ** ((k % 16) / 15);
      return k % 32 < 16 ? Math.sin(angle) : Math.cos(angle);
    });
    expect(await found(halves, [64, 32])).toBe(true);
  });

  /**
   * Positions of a square grid, after `extra` rows of zeros: the left half of the columns along one axis, the right
   * half along the other.
   */
  const grid = (
    side: number,
    cols: number,
    extra: number,
    change: (value: number, row: number) => number = (value) => value,
  ): number[] =>
    Array.from({ length: (extra + side * side) * cols }, (_, k) => {
      const [row, col] = [Math.floor(k / cols) - extra, k % cols];
      if (row < 0) return 0;
      const [half, quarter] = [cols / 2, cols / 4];
      const position = col < half ? row % side : Math.floor(row / side);
      const angle = position / 10_000 ** ((col % quarter) / quarter);
      return change(col % half < quarter ? Math.sin(angle) : Math.cos(angle), row);
    });

  it("is recognised on a square grid, with a class token or without, half of the columns per axis", async () => {
    expect(await found(grid(14, 64, 1), [197, 64], {}, "pos_embed")).toBe(true);
    expect(await found(grid(14, 64, 0), [196, 64], {}, "pos_embed")).toBe(true);
    expect(await found(grid(6, 64, 0), [36, 64], {}, "pos_embed")).toBe(true);
  });

  it("is none on a grid that training moved, with fewer than six places a side, or two rows before it", async () => {
    const noise = normalSampler(createRng(2));
    const moved = grid(14, 64, 1, (value) => value + 0.01 * noise());
    expect(await found(moved, [197, 64], {}, "pos_embed")).toBe(false);
    expect(await found(grid(5, 64, 0), [25, 64], {}, "pos_embed")).toBe(false);
    expect(await found(grid(14, 64, 2), [198, 64], {}, "pos_embed")).toBe(false);
    const lastLineMoved = grid(14, 64, 1, (value, row) => (row === 194 ? value + 0.1 : value));
    expect(await found(lastLineMoved, [197, 64], {}, "pos_embed")).toBe(false);
    // A column that varies along both axes at once is no table of positions.
    const product = Array.from({ length: 196 * 64 }, (_, k) => {
      const [row, rate] = [Math.floor(k / 64), 1 / (1 + (k % 64) / 16)];
      return Math.cos(rate * (row % 14)) * Math.cos(rate * Math.floor(row / 14));
    });
    expect(await found(product, [196, 64], {}, "pos_embed")).toBe(false);
    const slow = grid(14, 64, 0, (value) => 1 + 1e-4 * value);
    expect(await found(slow, [196, 64], {}, "pos_embed")).toBe(false);
  });

  it("is none once training moved it, nor is a smooth, a constant or a random table", async () => {
    const noise = normalSampler(createRng(1));
    expect(
      await found(
        sinusoid(300, 64, (value) => value + 0.01 * noise()),
        [300, 64],
      ),
    ).toBe(false);
    expect(
      await found(
        sinusoid(300, 64, (value) => bf16(value + 0.05 * noise())),
        [300, 64],
        { storedBits: 16 },
      ),
    ).toBe(false);
    expect(await found(Array.from({ length: 300 * 64 }, noise), [300, 64])).toBe(false);
    // One slow bend in every column: nothing oscillates.
    expect(
      await found(
        Array.from({ length: 300 * 64 }, (_, k) => Math.sin((0.001 * Math.floor(k / 64)) / (1 + (k % 64)))),
        [300, 64],
      ),
    ).toBe(false);
    expect(await found(new Array(300 * 64).fill(1), [300, 64])).toBe(false);
    expect(await found(new Array(300 * 64).fill(0), [300, 64])).toBe(false);
  });

  it("is looked for from 16 rows on, and where a name or role speaks of a table", async () => {
    expect(await found(sinusoid(16, 64), [16, 64])).toBe(true);
    expect(await found(sinusoid(15, 64), [15, 64])).toBe(false);
    expect(await found(sinusoid(64, 64), [64, 64], {}, "fc.weight")).toBe(false);
    expect(await found(sinusoid(64, 64), [64, 64], { hints: { role: "embedding" } }, "fc.weight")).toBe(true);
    expect(await found(sinusoid(64, 64), [64, 64], { hints: { role: "dense" } })).toBe(false);
  });

  it("is listed as left out with its reason, and its trained twin is a layer", async () => {
    const tensors = [
      holding("embed_positions.weight", [64, 64], sinusoid(64, 64)),
      counting("other.embed_positions.weight", [64, 64]),
    ];
    const { layers, skipped } = plan(tensors, { sinusoids: await findSinusoids(tensors) });
    expect(layers.map(({ name }) => name)).toEqual(["other.embed_positions"]);
    expect(skipped[0].reason).toBe("a table of sines and cosines by its values, not a weight matrix");
  });
});
