import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { analyze, compare, describe as describeModel } from "#eigenscope/node/index.js";

const at = (name: string): string => fileURLToPath(new URL(`../fixtures/cases/${name}`, import.meta.url));

describe("a compiled model and its plain twin", () => {
  it("are paired layer by layer, with numpy's largest eigenvalues", async () => {
    const { layers, assumed, only_in_a, only_in_b } = await compare(at("compiled.pt"), at("plain.pt"));
    expect(layers.map(({ name, name_b, status, paired_by }) => [name, name_b, status, paired_by])).toEqual([
      ["_orig_mod.0", "0", "unchanged", "wrapper"],
      ["_orig_mod.2", "2", "unchanged", "wrapper"],
    ]);
    expect([only_in_a, only_in_b]).toEqual([[], []]);
    expect(assumed).toEqual([expect.stringContaining("2 layers were paired by name without wrappers")]);
    // numpy.linalg.svd of the stored matrices in f64; f64 spectra agree to some eps * M.
    [1.6945483298163593, 0.9839299831624954].forEach((lambda, k) => {
      expect(layers[k].columns.lambda_max.a).toBeCloseTo(lambda, 10);
      expect(layers[k].columns.lambda_max.b).toBeCloseTo(lambda, 10);
    });
  });
});

describe("an adapter whose wrappers stand in another order than its base's", () => {
  it("is merged onto the language side, with numpy's largest eigenvalue, and says what was assumed", async () => {
    const { layers, input } = await analyze(at("17_vlm_adapter"), { base: at("17_vlm_base") }).report();
    expect(layers.map(({ name }) => name)).toEqual(["model.language_model.layers.0.self_attn.q_proj"]);
    // numpy: svd(W + 16/16 B A), with the base alone at 0.0990.
    expect(layers[0].lambda_max).toBeCloseTo(0.13650686042155175, 10);
    expect(input.warnings).toContainEqual(
      expect.stringMatching(/^1 layer was paired by name without wrappers .*A is the adapter, B the base$/),
    );
  });
});

describe("a checkpoint full of buffers", () => {
  it("gives the linear maps alone, and lists every table with its reason", async () => {
    const { layers, skipped, input } = await describeModel(at("buffers.pth"));
    expect(layers.map(({ name }) => name)).toEqual(
      ["q", "k", "v"].map((part) => `layers.0.blocks.0.attn.qkv[${part}]`),
    );
    expect(skipped).toHaveLength(17);
    expect(input.order).toBe("file");
    const tables = [
      "freqs_cos",
      "pe",
      "sinusoid_table",
      "mel_filters",
      "feature_extractor.filterbank",
      "dct_mat",
      "anchors",
      "quantize.ema_w",
    ];
    const reasons = new Map(skipped.map(({ name, reason }) => [name, reason]));
    for (const name of tables) expect(reasons.get(name)).toMatch(/, not a weight matrix$/);
  });
});
