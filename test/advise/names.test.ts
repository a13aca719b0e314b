import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { axolotlPattern, checkUnfrozen } from "#eigenscope/advise/axolotl-pattern.js";
import { fusedExperts, loadedNames } from "#eigenscope/advise/loaded-names.js";
import { axolotlRate, lrGroups, lrGroupsYaml } from "#eigenscope/advise/lr-groups.js";
import { rankPattern, rankPatternYaml } from "#eigenscope/advise/rank-pattern.js";
import { yamlNumber, yamlText } from "#eigenscope/advise/yaml-scalar.js";

/** The value that PEFT gives a module: that of the first key that matches, else the default. */
function patternValueOf(module: string, pattern: Readonly<Record<string, number>>, fallback: number): number {
  const key = Object.keys(pattern).find((each) => new RegExp(`^(.*\\.)?(${each})$`).test(module));
  return key === undefined ? fallback : pattern[key];
}

describe("a pattern of axolotl", () => {
  it("matches from the start of a name, a dot only a dot, and need not reach the end", () => {
    const pattern = axolotlPattern("model.layers.1.mlp");
    expect(pattern.test("model.layers.1.mlp.down_proj.weight")).toBe(true);
    expect(pattern.test("base.model.layers.1.mlp.x")).toBe(false);
    expect(pattern.test("model.layers.11.mlp.x")).toBe(false);
    expect(pattern.test("model_layers.1.mlp.x")).toBe(false);
  });

  it("may be anchored, and may end in a range that is no part of it", () => {
    expect(axolotlPattern("^lm_head.weight$").test("lm_head.weight")).toBe(true);
    expect(axolotlPattern("^lm_head.weight$").test("lm_head.weight2")).toBe(false);
    expect(axolotlPattern("^model.embed_tokens.weight$[:32000]").test("model.embed_tokens.weight")).toBe(true);
    expect(axolotlPattern("a.+b").test("axxb")).toBe(true);
  });

  it(
    "is checked against the parameters: what is trained, what is not, what matches nothing, and what was not " +
      "meant",
    () => {
      const parameters = ["lm_head.weight", "m.0.mlp.gate.weight", "m.0.mlp.gate_proj.weight", "m.0.norm.weight"];
      const check = checkUnfrozen(
        ["^lm_head.weight$", "^model.embed_tokens.weight$", "m.0.mlp.gate", "m.7.mlp"],
        parameters,
      );
      expect(check.trained).toEqual(["lm_head.weight", "m.0.mlp.gate.weight", "m.0.mlp.gate_proj.weight"]);
      expect(check.frozen).toEqual(["m.0.norm.weight"]);
      expect(check.unmatched).toEqual(["^model.embed_tokens.weight$", "m.7.mlp"]);
      expect(check.unintended).toEqual([{ pattern: "m.0.mlp.gate", parameter: "m.0.mlp.gate_proj.weight" }]);
    },
  );

  it("that names a parameter itself is meant to match it", () => {
    expect(checkUnfrozen(["m.0.experts"], ["m.0.experts"]).unintended).toEqual([]);
  });
});

describe("the names of the loaded model", () => {
  const vlm = [
    "language_model.model.layers.0.mlp.up_proj.weight",
    "language_model.lm_head.weight",
    "vision_tower.x.weight",
  ];

  it("are the checkpoint's for a plain language model, and are said to be unchecked without a config.json", () => {
    const plain = loadedNames({ model_type: "llama" }, ["model.layers.0.mlp.up_proj.weight", "lm_head.weight"]);
    expect(plain.rename("model.layers.0.mlp.up_proj")).toBe("model.layers.0.mlp.up_proj");
    expect(plain.warnings).toEqual([]);
    expect(loadedNames(undefined, ["model.layers.0.x.weight"]).warnings[0]).toMatch(/no config.json/);
  });

  it("lose the outer prefix of a model of images and text, with a warning that everything would be frozen", () => {
    const { rename, warnings } = loadedNames({ model_type: "llava", vision_config: {}, text_config: {} }, vlm);
    expect(vlm.map(rename)).toEqual([
      "model.language_model.layers.0.mlp.up_proj.weight",
      "lm_head.weight",
      "model.vision_tower.x.weight",
    ]);
    expect(warnings.join()).toMatch(/everything would be frozen/);
  });

  it("keep their prefix where config.json shows one side only", () => {
    expect(loadedNames({ model_type: "llama" }, vlm).rename(vlm[0])).toBe(vlm[0]);
  });

  it("of Qwen2-VL move the text side under language_model, once", () => {
    const { rename } = loadedNames({ model_type: "qwen2_5_vl", vision_config: {} }, []);
    expect(rename("model.layers.0.mlp.up_proj")).toBe("model.language_model.layers.0.mlp.up_proj");
    expect(rename("visual.blocks.0.mlp")).toBe("model.visual.blocks.0.mlp");
    expect(rename("model.language_model.layers.0")).toBe("model.language_model.layers.0");
    expect(rename("lm_head.weight")).toBe("lm_head.weight");
  });

  it("of a bare model stand under the prefix of its family", () => {
    expect(loadedNames({ model_type: "gpt2" }, ["h.0.attn.c_attn.weight"]).rename("h.0.attn")).toBe(
      "transformer.h.0.attn",
    );
    const llama = loadedNames({ model_type: "llama" }, ["layers.0.mlp.up_proj.weight", "lm_head.weight"]);
    expect(llama.rename("layers.0.mlp.up_proj")).toBe("model.layers.0.mlp.up_proj");
    expect(llama.rename("lm_head.weight")).toBe("lm_head.weight");
    expect(loadedNames({ model_type: "new" }, ["h.0.attn.weight"]).rename("h.0.attn")).toBe("h.0.attn");
  });

  it("of single experts are those of two fused parameters in transformers 5", () => {
    const modules = [
      "m.0.mlp.experts.0.gate_proj",
      "m.0.mlp.experts.1.up_proj",
      "m.0.mlp.experts.1.down_proj",
      "m.0.mlp.gate",
    ];
    expect(fusedExperts(modules)).toEqual(["m.0.mlp.experts.gate_up_proj", "m.0.mlp.experts.down_proj"]);
    expect(fusedExperts(["m.0.moe.experts.3.w2", "m.0.moe.experts.3.w3"])).toEqual([
      ...["m.0.moe.experts.down_proj", "m.0.moe.experts.gate_up_proj"],
    ]);
    expect(fusedExperts(["m.0.mlp.gate_proj"])).toEqual([]);
  });
});

describe("axolotl's lr_groups", () => {
  const rateOf = (parameter: string, base: number, groups: Parameters<typeof axolotlRate>[1]): number =>
    axolotlRate(parameter, groups) ?? base;

  it("give each layer its own rate: the name of layer 1 does not hit layer 11", () => {
    const modules = [1, 11, 111].map((i) => ({ module: `model.layers.${i}.mlp.up_proj`, lr: i * 1e-5 }));
    const parameters = [...modules.map(({ module }) => `${module}.weight`), "model.layers.2.mlp.up_proj.weight"];
    const groups = lrGroups(modules, { base: 9, parameters });
    expect(parameters.map((name) => rateOf(name, 9, groups))).toEqual([1e-5, 11e-5, 111e-5, 9]);
    // The trap that it avoids: axolotl looks for a part of a name.
    expect(axolotlRate("model.layers.11.mlp.up_proj.weight", [{ name: "x", modules: ["1.mlp"], lr: 5 }])).toBe(5);
  });

  it("find the longer of two names that end alike, and still reach the parameters of an adapter", () => {
    const modules = [
      { module: "model.layers.0.q", lr: 1 },
      { module: "vision_model.layers.0.q", lr: 2 },
    ];
    const groups = lrGroups(modules, { base: 9, parameters: modules.map(({ module }) => `${module}.weight`) });
    expect(rateOf("model.layers.0.q.weight", 9, groups)).toBe(1);
    expect(rateOf("vision_model.layers.0.q.weight", 9, groups)).toBe(2);
    expect(rateOf("base_model.model.vision_model.layers.0.q.lora_A.default.weight", 9, groups)).toBe(2);
  });

  it("give a module without a rate an entry at the base rate where a shorter name would hit it", () => {
    const parameters = ["model.layers.0.q.weight", "vision_model.layers.0.q.weight"];
    const groups = lrGroups([{ module: "model.layers.0.q", lr: 1 }], { base: 9, parameters });
    expect(parameters.map((name) => rateOf(name, 9, groups))).toEqual([1, 9]);
    expect(groups).toHaveLength(2);
  });

  it("are YAML that reads back as the same groups, rates as numbers", () => {
    const groups = lrGroups([{ module: "a b.0.q", lr: 2e-8 }], { base: 9, parameters: ["a b.0.q.weight"] });
    const read = parse(lrGroupsYaml(groups), { version: "1.1" });
    expect(read).toEqual({ lr_groups: [{ name: "a b.0.q", modules: ["a b.0.q."], lr: 2e-8 }] });
  });
});

describe("PEFT's rank_pattern", () => {
  it("has the most frequent pair as the default, and the others by name", () => {
    const ranks = [8, 4, 4].map((rank, i) => ({ module: `m.${i}.q`, rank, alpha: 2 * rank }));
    expect(rankPattern(ranks)).toEqual({
      ...{ r: 4, lora_alpha: 8, rank_pattern: { "m.0.q": 8 }, alpha_pattern: { "m.0.q": 16 } },
    });
  });

  it("gives every module its rank and alpha as PEFT reads it, also where one name ends in another", () => {
    const ranks = [
      { module: "layers.0.q", rank: 2, alpha: 2 },
      { module: "vision.layers.0.q", rank: 3, alpha: 6 },
      { module: "audio.layers.0.q", rank: 5, alpha: 5 },
      { module: "layers.1.q", rank: 5, alpha: 5 },
    ];
    const pattern = rankPattern(ranks);
    for (const { module, rank, alpha } of ranks) {
      expect(patternValueOf(module, pattern.rank_pattern, pattern.r)).toBe(rank);
      expect(patternValueOf(module, pattern.alpha_pattern, pattern.lora_alpha)).toBe(alpha);
    }
    // It has the default pair, but "layers.0.q" would hit it.
    expect(pattern.r).toBe(5);
    expect(pattern.rank_pattern).toHaveProperty(["audio.layers.0.q"], 5);
    expect(pattern.rank_pattern).not.toHaveProperty(["layers.1.q"]);
  });

  it("matches a key as (.*\\.)?(key)$, the first one first", () => {
    expect(patternValueOf("a.b.q", { "b.q": 1, "a.b.q": 2 }, 9)).toBe(1);
    expect(patternValueOf("a.xb.q", { "b.q": 1 }, 9)).toBe(9);
    expect(patternValueOf("b.q.r", { "b.q": 1 }, 9)).toBe(9);
  });

  it("is YAML for axolotl that reads back", () => {
    const pattern = rankPattern([
      { module: "m.0.q", rank: 2, alpha: 0.5 },
      { module: "m.1.q", rank: 3, alpha: 1 },
    ]);
    expect(parse(rankPatternYaml(pattern))).toEqual({
      ...{ lora_r: 2, lora_alpha: 0.5, lora_rank_pattern: { "m.1.q": 3 }, lora_alpha_pattern: { "m.1.q": 1 } },
    });
    expect(parse(rankPatternYaml(rankPattern([{ module: "m", rank: 2, alpha: 2 }]))).lora_rank_pattern).toEqual({});
  });

  it("refuses an empty list", () => {
    expect(() => rankPattern([])).toThrow(RangeError);
  });
});

describe("a scalar of YAML", () => {
  it.each(["model.layers.0.q", "yes", "null", "a: b", "# x", "1.5", "-", "ä", 'a"b', "a\nb", ""])(
    "%j reads back as text",
    (text) => {
      for (const version of ["1.1", "1.2"] as const) expect(parse(`- ${yamlText(text)}`, { version })).toEqual([text]);
    },
  );

  it.each([1e-5, 1.5e-7, 0.1, 3, 1e21, 6.88e-5])("%d reads back as a number in YAML 1.1 too", (value) => {
    for (const version of ["1.1", "1.2"] as const)
      expect(parse(`- ${yamlNumber(value)}`, { version })).toEqual([value]);
  });
});
