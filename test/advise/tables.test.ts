import { describe, expect, it } from "vitest";
import { moduleOf } from "#eigenscope/advise/advised-model.js";
import { alphaPruning, MAX_SPARSITY, type PrunableLayer } from "#eigenscope/advise/alpha-pruning.js";
import { type HillScore, hillScores, powerLawWarnings } from "#eigenscope/advise/hill-scores.js";
import { layerRates } from "#eigenscope/advise/layer-rates.js";
import { linearMap } from "#eigenscope/advise/linear-map.js";
import type { LayerResult } from "#eigenscope/analysis/index.js";

const score = (alphaHill: number, other: Partial<HillScore> = {}): HillScore => ({
  ...{ name: `l${alphaHill}`, block: null, parameters: 100, eigenvalues: 64, alphaHill, isPowerLaw: true },
  ...other,
});

describe("the linear map", () => {
  it("takes the smallest score to the first ratio and the largest to the second, as numpy.interp", () => {
    expect(linearMap([3, 2, 6], [0.5, 1.5])).toEqual([0.75, 0.5, 1.5]);
  });

  it("changes nothing where all scores are equal, or there are none", () => {
    expect(linearMap([2, 2], [0.5, 5])).toEqual([1, 1]);
    expect(linearMap([], [0.5, 1.5])).toEqual([]);
  });
});

describe("the rates of TempBalance and AlphaDecay", () => {
  const options = { base: 0.1, ratios: [0.5, 1.5] as const };

  it("are the values that tempbalance.py gives these exponents", () => {
    // np.interp([2.0, 2.5, 4.0], [2.0, 4.0], [0.05, 0.15]); the first and the last layer are not among them.
    const { rates, atBase } = layerRates(
      [9, 2, 2.5, 4, 1].map((alpha) => score(alpha)),
      options,
    );
    expect(rates.map(({ value }) => value)).toEqual([0.05, 0.07500000000000001, 0.15000000000000002]);
    expect(rates.map(({ ratio }) => ratio)).toEqual([0.5, 0.75, 1.5]);
    expect(atBase.map(({ name }) => name)).toEqual(["l9", "l1"]);
  });

  it("leave layers with fewer than 50 eigenvalues at the base, out of the range of exponents too", () => {
    const few = score(100, { eigenvalues: 49 });
    const { rates, atBase } = layerRates([score(1), score(2), few, score(3, { eigenvalues: 50 }), score(1)], options);
    expect(rates.map(({ name, ratio }) => [name, ratio])).toEqual([
      ["l2", 0.5],
      ["l3", 1.5],
    ]);
    expect(atBase.map(({ name }) => name)).toEqual(["l1", "l100", "l1"]);
  });

  it.each([
    [0, 0.5, 1.5],
    [-1, 0.5, 1.5],
    [Number.POSITIVE_INFINITY, 0.5, 1.5],
    [1, 0, 1],
    [1, 1.5, 0.5],
    [1, 1, Number.POSITIVE_INFINITY],
  ])("refuse a base of %d with ratios %d and %d", (base, least, most) => {
    expect(() => layerRates([], { base, ratios: [least, most] })).toThrow(RangeError);
  });

  it("may have equal ratios", () => {
    expect(
      layerRates(
        [1, 2, 3, 4].map((alpha) => score(alpha)),
        { base: 2, ratios: [1, 1] },
      ).rates[0].value,
    ).toBe(2);
  });
});

describe("AlphaPruning's sparsities", () => {
  const layer = (block: number | null, alphaHill: number | null, parameters = 100, name = "up"): PrunableLayer => ({
    ...{ name: block === null ? name : `model.layers.${block}.mlp.${name}`, block, alphaHill, parameters },
    blockName: block === null ? null : `model.layers.${block}`,
  });
  /** Mean over the weights. */
  const meanOf = (units: readonly { readonly parameters: number; readonly sparsity: number }[]): number =>
    units.reduce((sum, { parameters, sparsity }) => sum + parameters * sparsity, 0) /
    units.reduce((sum, { parameters }) => sum + parameters, 0);

  it("are the values of lib/prune.py: ratios 0.7, 1.0 and 1.3, scaled to the mean", () => {
    const { units, epsilon } = alphaPruning([layer(0, 2), layer(1, 3), layer(2, 4, 200)], {
      sparsity: 0.5,
      epsilon: 0.3,
    });
    // c = 400 * 0.5 / (70 + 100 + 260)
    expect(units.map(({ sparsity }) => sparsity)).toEqual(
      [0.7, 1, 1.3].map((ratio) => expect.closeTo((ratio * 200) / 430, 14)),
    );
    expect(meanOf(units)).toBeCloseTo(0.5, 14);
    expect(epsilon).toBe(0.3);
  });

  it("are one per block, from the mean exponent of its layers", () => {
    const layers = [layer(0, 2, 100, "up"), layer(0, 4, 300, "down"), layer(1, 5), layer(11, 1)];
    const { units } = alphaPruning(layers, { sparsity: 0.5, epsilon: 0.2 });
    expect(units.map(({ name, index, alphaHill, parameters }) => [name, index, alphaHill, parameters])).toEqual([
      ["model.layers.0", 0, 3, 400],
      ["model.layers.1", 1, 5, 100],
      ["model.layers.11", 11, 1, 100],
    ]);
    expect(meanOf(units)).toBeCloseTo(0.5, 14);
    // A lighter tail is pruned more.
    expect(units[1].sparsity).toBeGreaterThan(units[0].sparsity);
    expect(units[0].sparsity).toBeGreaterThan(units[2].sparsity);
  });

  it("leave what is outside of the blocks alone, but are one per layer in a model without blocks", () => {
    const options = { sparsity: 0.5, epsilon: 0.3 };
    expect(alphaPruning([layer(null, 9, 1, "head"), layer(0, 2)], options).units.map(({ name }) => name)).toEqual([
      "model.layers.0",
    ]);
    expect(
      alphaPruning([layer(null, 9, 1, "a"), layer(null, 2, 1, "b")], options).units.map(({ name }) => name),
    ).toEqual(["a", "b"]);
  });

  it("keep the two towers of a model apart whose blocks have the same numbers", () => {
    const towers = ["vision", "text"].map((side) => ({ ...layer(0, 2), blockName: `${side}.layers.0` }));
    expect(alphaPruning(towers, { sparsity: 0.5, epsilon: 0.3 }).units.map(({ name }) => name)).toEqual([
      ...["vision.layers.0", "text.layers.0"],
    ]);
  });

  it("give a block without an exponent the ratio 1", () => {
    const { units } = alphaPruning([layer(0, 2), layer(1, null), layer(2, 4)], { sparsity: 0.4, epsilon: 0.3 });
    expect(units[1]).toMatchObject({ alphaHill: null, sparsity: expect.closeTo(0.4, 14) });
  });

  it("use the largest spread that prunes no block nearly whole, and keep the mean then too", () => {
    const { units, epsilon } = alphaPruning([layer(0, 2), layer(1, 4)], { sparsity: 0.9, epsilon: 0.3 });
    expect(epsilon).toBeCloseTo(0.1, 8);
    expect(units[1].sparsity).toBeLessThanOrEqual(MAX_SPARSITY);
    expect(units[1].sparsity).toBeCloseTo(MAX_SPARSITY, 8);
    expect(meanOf(units)).toBeCloseTo(0.9, 12);
    expect(alphaPruning([layer(0, 2), layer(1, 4)], { sparsity: 0.76, epsilon: 0.3 }).epsilon).toBe(0.3);
  });

  it.each([
    [0, 0.3],
    [0.991, 0.3],
    [0.5, -0.1],
    [0.5, 1],
  ])("refuse a sparsity of %d with a spread of %d", (sparsity, epsilon) => {
    expect(() => alphaPruning([], { sparsity, epsilon })).toThrow(RangeError);
  });
});

describe("the exponents of the papers", () => {
  const result = (record: object, n: number | null): LayerResult =>
    ({
      record: {
        name: "x",
        block: 1,
        layer_type: "dense",
        alpha_hill: 3,
        alpha_valid: true,
        unresolved: 0,
        N: 5,
        M: 4,
        rf: 1,
        ...record,
      },
      layer: { name: "x", tensorName: "x.weight", ...record },
      spectrum: n === null ? null : { eigenvalues: new Float64Array(n) },
    }) as unknown as LayerResult;
  const scoresOf = (layers: readonly LayerResult[]) => hillScores({ layers, format: "safetensors" });

  it("are Hill's on the upper half, whether or not a power law is found there", () => {
    const { scores } = scoresOf([result({}, 4), result({ name: "y", alpha_valid: false }, 4)]);
    expect(scores.map(({ alphaHill, isPowerLaw }) => [alphaHill, isPowerLaw])).toEqual([
      [3, true],
      [3, false],
    ]);
    expect(scores[0]).toMatchObject({ parameters: 20, eigenvalues: 4 });
    expect(powerLawWarnings(scores)[0]).toMatch(/^in 1 of 2 layers/);
    expect(powerLawWarnings(scores.slice(0, 1))).toEqual([]);
  });

  it("are missing where the layer failed, where half of the spectrum is noise, and for embeddings", () => {
    const { scores, leftOut, failed } = scoresOf([
      result({ name: "failed", reason: "it has NaN" }, null),
      result({ name: "noise", unresolved: 3 }, 4),
      result({ name: "half", unresolved: 2 }, 4),
      result({ name: "zeros", alpha_hill: null }, 4),
      result({ name: "table", layer_type: "embedding" }, 4),
      result({ name: "experts.up[3]", tensorName: "experts.up" }, 4),
    ]);
    expect(scores.map(({ name }) => name)).toEqual(["half"]);
    expect(leftOut.map(({ name, reason }) => [name, reason.slice(0, 10)])).toEqual([
      ["failed", "it has NaN"],
      ["noise", "half of it"],
      ["zeros", "half of it"],
      ["table", "the papers"],
      ["experts.up[3]", "a paramete"],
    ]);
    expect(failed).toBe(1);
  });
});

describe("the module of a layer", () => {
  const of = (tensorName: string, other: object = {}, format = "safetensors") =>
    moduleOf({ layer: { name: "n", tensorName, quantised: false, ...other } }, format);

  it("is the tensor's name without .weight", () => {
    expect(of("a.b.weight")).toBe("a.b");
    expect(of("a.b")).toBeUndefined();
  });

  it("is the layer's name where weights are quantised or composed, and in formats that are not PyTorch's", () => {
    expect(of("a.qweight", { name: "a", quantised: true })).toBe("a");
    expect(of("a.lora_B.weight2", { name: "a", knownRank: 3 })).toBe("a");
    expect(of("a/kernel", { name: "a" }, "tfjs")).toBe("a");
  });

  it("is none for a part of a tensor, whatever its name", () => {
    expect(of("blk.0.ffn_up_exps.weight", { name: "blk.0.ffn_up_exps[3]" }, "gguf")).toBeUndefined();
    expect(of("a.qkv.weight", { name: "a.qkv[q]" })).toBeUndefined();
    expect(of("a.qkv.weight", { name: "a.qkv[q] (2)" })).toBeUndefined();
  });
});
