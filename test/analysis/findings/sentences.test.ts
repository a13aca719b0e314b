import { describe, expect, it } from "vitest";
import { standsOutInSteps } from "#eigenscope/analysis/findings/findings.js";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { finish } from "#eigenscope/bytes/pace.js";
import { layerRecord } from "../../report/example-report.js";

const PLAIN: Partial<LayerRecord> = {
  phase: "bulk-decay",
  alpha: 3,
  alpha_valid: true,
  notes: [],
  reason: null,
  lambda_max: 9,
};
const findings = (layers: readonly LayerRecord[]) => finish(standsOutInSteps(layers)).sentences;
const layer = (more: Partial<LayerRecord>, name = "fc"): LayerRecord => layerRecord({ ...PLAIN, name, ...more });

describe("what stands out in a model", () => {
  it("is nothing where nothing does", () => {
    expect(findings([layer({})])).toEqual([]);
  });

  it.each<[string, Partial<LayerRecord>, Partial<LayerRecord>]>([
    [
      "1 layer has NaN or infinite weights: fc.",
      { lambda_max: null, reason: "weights that are not finite" },
      { reason: "weights that are finite" },
    ],
    [
      "1 layer has no spectrum (weights all zero, all equal, or unreadable): fc.",
      { lambda_max: null, reason: "all weights are zero" },
      { lambda_max: 1e-300, reason: null },
    ],
    ["1 layer has lost rank: fc.", { phase: "rank-collapse" }, { phase: "heavy-tailed" }],
    [
      "1 layer has alpha below 2, very heavy-tailed (WeightWatcher calls it over-trained): fc.",
      { alpha: 1.99 },
      { alpha: 2 },
    ],
    [
      "1 layer has alpha above 6, weak correlations (WeightWatcher calls it under-trained): fc.",
      { alpha: 6.01 },
      { alpha: 6 },
    ],
    ["1 layer looks like random weights: fc.", { phase: "random-like" }, { phase: "bleeding-out" }],
    [
      "1 layer looks untrained: the weights look like an initialisation: fc.",
      { notes: ["another", "not trained? The entries are uniform."] },
      { notes: ["Is it not trained?"] },
    ],
  ])("%s", (sentence, fits, fitsNot) => {
    expect(findings([layer({}), layer(fits)])).toEqual([sentence]);
    expect(findings([layer(fitsNot)])).toEqual([]);
  });

  it("does not read an alpha that is not valid", () => {
    expect(findings([layer({ alpha: 1, alpha_valid: false }), layer({ alpha: 9, alpha_valid: false })])).toEqual([]);
  });

  it("names three layers and counts the others, most important first", () => {
    const names = ["a", "b", "c", "d", "e"];
    expect(
      findings([...names.map((name) => layer({ phase: "random-like" }, name)), layer({ phase: "rank-collapse" }, "z")]),
    ).toEqual([
      "1 layer has lost rank: z.",
      expect.stringMatching(/^5 layers look like random weights: a, b, c and 2 (more|others)\.$/),
    ]);
  });
});
