import { describe, expect, it } from "vitest";
import type { Description, PlannedLayer } from "#eigenscope/analysis/describe.js";
import { renderDescription } from "#eigenscope/report/index.js";
import { textWidth } from "#eigenscope/report/text-layout.js";
import { exampleReport } from "./example-report.js";

function planned(overrides: Partial<PlannedLayer>): PlannedLayer {
  return {
    layer_id: 0,
    name: "features.0",
    layer_type: "conv2d",
    shape: [64, 3, 3, 3],
    dtype: "F32",
    transposed: false,
    N: 64,
    M: 3,
    Q: 64 / 3,
    rf: 9,
    num_evals: 27,
    notes: [],
    ...overrides,
  };
}

const { input, tool } = exampleReport([]);
const description: Description = {
  schemaVersion: "1.0.0",
  tool,
  input: { ...input, warnings: ["3 of 5 shards hold no tensor named in the index"] },
  tensors: 4,
  parameters: 2_272_458,
  layers: [
    planned({}),
    planned({ layer_id: 1, name: "a.very.long.name.of.a.layer.deep.down.in.a.block.of.the.network" }),
  ],
  skipped: [
    { name: "features.0.bias", shape: [64], dtype: "F32", reason: "a bias, not a matrix" },
    { name: "features.1.bias", shape: [64], dtype: "F32", reason: "a bias, not a matrix" },
    { name: "step", shape: [], dtype: "I64", reason: "whole numbers, not weights" },
  ],
};

describe("renderDescription", () => {
  it("lists layers and, under each reason, the tensors left out", () => {
    const text = renderDescription(description, { width: 100 });
    expect(text).toContain("models/example.safetensors: safetensors, 1 file of 942 kB, 4 tensors, 2,272,458 values");
    expect(text).toContain("Warning: 3 of 5 shards");
    expect(text).toMatch(/features\.0 +conv2d +64x3x3x3 +F32 +64 +3 +21\.3 +9 +27/);
    expect(text).toMatch(/a bias, not a matrix:\n +features\.0\.bias \(64\), features\.1\.bias \(64\)/);
    expect(text).toContain("step (scalar)");
  });

  it.each([40, 60, 80, 120])("fits %d columns", (width) => {
    for (const line of renderDescription(description, { width }).split("\n"))
      expect(textWidth(line), line).toBeLessThanOrEqual(width);
  });

  it.each([
    ["graph", "in the order of the graph's operators"],
    ["configuration", "in the order of the model's configuration"],
    ["file", "in the order of the file"],
    ["names", "in the order of names (blocks by number, embeddings first, the head last)"],
  ] as const)("says in its heading what the order of the layers follows: %s", (order, words) => {
    const text = renderDescription({ ...description, input: { ...description.input, order } }, { width: 200 });
    expect(text.split("\n")).toContain(`2 layers to analyse, ${words}`);
  });

  it("says so where there is nothing to analyse", () => {
    expect(renderDescription({ ...description, layers: [] })).toContain("No layer to analyse.");
  });
});
