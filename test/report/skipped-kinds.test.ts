import { describe, expect, it } from "vitest";
import { skippedKinds } from "#eigenscope/report/skipped-kinds.js";
import { counting, plan } from "../layers/tensors-in-memory.js";

describe("skippedKinds", () => {
  it("counts the tensors of a plan by kind, the most frequent first and all others last", () => {
    const { skipped } = plan(
      [
        counting("h.0.mlp.weight", [8, 9]),
        counting("h.1.mlp.weight", [20, 30]),
        ...["h.0.mlp.bias", "h.0.ln_1.bias", "h.0.norm.bias"].map((name) => counting(name, [20])),
        ...["h.0.ln_1.weight", "h.0.norm.weight"].map((name) => counting(name, [20])),
        counting("h.0.cache", [20]),
        counting("scale", []),
        counting("ids", [20, 30], { dtype: "I64", floating: false }),
        counting("head.weight", [20, 30]),
        counting("nothing", [0, 4]),
      ],
      { minEigenvalues: 10, exclude: ["head"] },
    );
    expect(skippedKinds(skipped)).toBe(
      "3 biases, 2 norms, 1 too small, 1 vector, 1 scalar, 1 integer tensor, 1 not selected, 1 other",
    );
  });

  it("has no word for a kind that it does not know, and nothing to say of no tensors", () => {
    const unknown = {
      name: "w",
      shape: [2, 3],
      dtype: "F32",
      reason: "three axes that are neither a kernel nor a stack",
    };
    expect(skippedKinds([unknown, unknown])).toBe("2 others");
    expect(skippedKinds([])).toBe("");
  });

  it("counts what belongs to quantised weights: read dequantised, or not read", () => {
    const of = (reason: string) => ({ name: "x.y", shape: [3, 4], dtype: "F32", reason });
    expect(
      skippedKinds([
        of("belongs to x.weight, which is read dequantised"),
        of("scales, zero points or a table of codes by its name, not a weight matrix"),
        of("powers of two (F8_E8M0): scales of a quantised weight"),
        of("part of a weight quantised by AQLM, which was not dequantised: its codes index a codebook"),
        of("stored beside x.codes (I32), codes of a scheme that this version does not know"),
      ]),
    ).toBe("3 quantisation parameters, 2 parts of quantised weights that were not read");
    expect(skippedKinds([of("floats of 8 bits (F8_E4M3) without known scales: such codes")])).toBe(
      "1 part of a quantised weight that was not read",
    );
  });

  it("takes a role that the format gives before the name", () => {
    const named = (reason: string) => [{ name: "norm.bias", shape: [3], dtype: "F32", reason }];
    expect(skippedKinds(named("a norm's parameter, not a weight matrix"))).toBe("1 norm");
    expect(skippedKinds(named("a bias, not a weight matrix"))).toBe("1 bias");
  });

  it.each([
    ["h.0.attn.bias", "1 bias"],
    ["bn1.beta", "1 bias"],
    ["h.0.ln_1.weight", "1 norm"],
    ["bn1.gamma", "1 norm"],
    ["layer_norm.scale", "1 norm"],
    ["rope.freqs", "1 vector"],
    ["embeta", "1 vector"],
  ])("tells what a vector is by its name: %s", (name, kind) => {
    const reason = "a vector (bias, norm or buffer): it has no spectrum";
    expect(skippedKinds([{ name, shape: [20], dtype: "F32", reason }])).toBe(kind);
  });
});
