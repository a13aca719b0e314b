import { describe, expect, it } from "vitest";
import { cellText, sortValue, TABLE_COLUMNS } from "#eigenscope/report/view/layer-columns.js";
import { reportLayers, type ViewLayer } from "#eigenscope/report/view/view-layer.js";
import { layerRecord } from "../example-report.js";

const layer = (overrides: Parameters<typeof layerRecord>[0] = {}): ViewLayer =>
  reportLayers({ layers: [layerRecord(overrides)], findings: [] })[0];
const pending: ViewLayer = { ...layer(), record: null, label: null };

describe("a cell of the table of layers", () => {
  it("has no alpha, and nothing made of it, where alpha is not valid, and says why", () => {
    const invalid = layer({ alpha: 3, alpha_weighted: 4, alpha_valid: false, alpha_reason: "too short" });
    for (const column of ["alpha", "alpha_weighted", "log_alpha_norm", "sigma"]) {
      expect(cellText(invalid, column)).toEqual({ text: "n/a", why: "too short" });
      expect(sortValue(invalid, column)).toBeNull();
    }
    expect(cellText(layer({ alpha: 3, alpha_valid: true }), "alpha")).toEqual({ text: "3" });
    expect(sortValue(layer({ alpha: 3, alpha_valid: true }), "alpha")).toBe(3);
    expect(sortValue(layer({ D: 0.1, alpha_valid: false }), "D")).toBe(0.1);
  });

  it("says n/a with the reason of the layer for what is not there", () => {
    expect(cellText(layer({ stable_rank: null, reason: "all zero" }), "stable_rank")).toEqual({
      text: "n/a",
      why: "all zero",
    });
    expect(cellText(layer({ stable_rank: null, reason: null }), "stable_rank")).toEqual({ text: "n/a" });
  });

  it("has a shape as a product, the block's name, and dots while the layer is to come", () => {
    expect(cellText(layer({ shape: [3, 3, 8] }), "shape").text).toBe("3×3×8");
    expect(cellText(layer({ block: 4, block_name: "mixed4" }), "block").text).toBe("mixed4");
    expect(cellText(pending, "alpha").text).toBe("…");
    expect(sortValue(pending, "alpha")).toBeNull();
    expect(sortValue(pending, "layer")).toBe(0);
  });

  it("is never one of texts that are too long for a table", () => {
    const names = TABLE_COLUMNS.map(({ name }) => name);
    for (const name of ["phase_path", "phase_evidence", "notes"]) expect(names).not.toContain(name);
    expect(TABLE_COLUMNS.find(({ name }) => name === "phase")?.align).toBe("left");
    expect(TABLE_COLUMNS.find(({ name }) => name === "D")?.align).toBe("right");
  });
});
