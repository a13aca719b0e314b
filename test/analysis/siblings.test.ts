import { describe, expect, it } from "vitest";
import { outOfLine } from "#eigenscope/analysis/siblings.js";
import { layerVerdict } from "#eigenscope/analysis/verdict.js";
import { layerRecord } from "../report/example-report.js";

const family = (values: readonly number[]) =>
  values.map((log_norm, block) =>
    layerRecord({
      name: `model.layers.${block}.mlp.up_proj`,
      layer_id: block,
      log_norm,
      alpha: 3 + 0.01 * block,
      alpha_valid: true,
    }),
  );

describe("outOfLine", () => {
  it("finds the one layer whose norm left its siblings", () => {
    const found = outOfLine(family([1, 1.05, 0.95, 1.02, 0.98, 3, 1.01]));
    expect(found.map(({ layer, measure }) => [layer.layer_id, measure])).toEqual([[5, "log_norm"]]);
    expect(found[0].median).toBe(1.01);
    expect(found[0].deviations).toBeGreaterThan(10);
  });

  it("says nothing of a few siblings, of layers outside of blocks, or of a spread that is there", () => {
    expect(outOfLine(family([1, 1, 1, 9]))).toEqual([]);
    expect(outOfLine(family([1, 2, 3, 4, 5, 6, 7]))).toEqual([]);
    const loose = [1, 1, 1, 1, 1, 1, 9].map((log_norm, k) => layerRecord({ name: `features.${k}`, log_norm }));
    expect(outOfLine(loose)).toEqual([]);
  });

  it("does not compare layers of different shapes, nor an alpha that is not valid", () => {
    const layers = family([1, 1, 1, 1, 1, 1, 1]).map((layer, k) => ({
      ...layer,
      alpha: k === 3 ? 40 : 3,
      alpha_valid: k !== 3,
      shape: k === 6 ? [8, 8] : layer.shape,
      log_norm: k === 6 ? 9 : 1,
    }));
    expect(outOfLine(layers)).toEqual([]);
  });
});

describe("layerVerdict", () => {
  const judge = (overrides: object) =>
    layerVerdict({ ...layerRecord(), phase: "heavy-tailed", alpha: 3, sigma: 0.1, alpha_valid: true, ...overrides })
      .verdict;

  it("names each state", () => {
    expect(judge({})).toBe("healthy");
    expect(judge({ alpha: 1.5 })).toBe("over-trained");
    expect(judge({ alpha: 1.95 })).toBe("healthy");
    expect(judge({ alpha: 8 })).toBe("under-trained");
    expect(judge({ alpha: 8, alpha_valid: false })).toBe("healthy");
    expect(judge({ phase: "random-like", alpha_valid: false })).toBe("under-trained");
    expect(judge({ phase: "rank-collapse" })).toBe("rank collapse");
    expect(judge({ correlation_traps: 2 })).toBe("correlation trap");
    expect(judge({ phase: null, alpha_valid: false })).toBe("unknown");
    expect(judge({ lambda_max: null, reason: "all weights are zero" })).toBe("unknown");
  });

  it("gives the reason why there is no spectrum", () => {
    const failed = { ...layerRecord(), lambda_max: null };
    expect(layerVerdict({ ...failed, reason: "all weights are zero" }).verdict_reason).toBe(
      "No spectrum: all weights are zero.",
    );
    expect(layerVerdict({ ...failed, reason: null }).verdict_reason).toBe("No spectrum.");
  });
});
