import { describe, expect, it } from "vitest";
import { type GroupInput, groupOf } from "#eigenscope/rank/index.js";

const layer = (overrides: Partial<GroupInput> = {}): GroupInput => ({
  ...{ phase: "heavy-tailed", lambda_max: 3, alpha: 3, alpha_valid: true, alpha_low: 2.5, alpha_high: 3.5 },
  ...overrides,
});
const noAlpha = layer({ phase: "bulk+spikes", alpha: 5, alpha_valid: false, alpha_low: null, alpha_high: null });
const random = layer({ ...noAlpha, phase: "random-like" });
const failed = layer({ ...noAlpha, lambda_max: null, phase: null });

describe("the group of a model", () => {
  it("is usual with a power law above 2, and structure without a valid alpha", () => {
    expect(groupOf([layer(), noAlpha])).toBe("usual");
    expect(groupOf([noAlpha, noAlpha])).toBe("structure");
  });

  it("is hardly-begun where more than half of the layers with a spectrum look random; half is not enough", () => {
    expect(groupOf([random, random, layer()])).toBe("hardly-begun");
    expect(groupOf([random, layer()])).toBe("usual");
    expect(groupOf([random, noAlpha, failed, failed])).toBe("structure");
    expect(groupOf([random, failed])).toBe("hardly-begun");
  });

  it("is too-far where the whole interval of an alpha lies below 2, at the border where it only reaches there", () => {
    expect(groupOf([layer(), layer({ alpha: 1.8, alpha_low: 1.7, alpha_high: 1.99 })])).toBe("too-far");
    expect(groupOf([layer(), layer({ alpha: 1.8, alpha_low: 1.6, alpha_high: 2 })])).toBe("border");
    expect(groupOf([layer(), layer({ alpha: 2.2, alpha_low: 1.99, alpha_high: 2.4 })])).toBe("border");
    expect(groupOf([layer(), layer({ alpha: 2.2, alpha_low: 2, alpha_high: 2.4 })])).toBe("usual");
  });

  it("takes alpha itself where there is no interval, and never for sure", () => {
    expect(groupOf([layer({ alpha: 1.99, alpha_low: null, alpha_high: null })])).toBe("border");
    expect(groupOf([layer({ alpha: 2, alpha_low: null, alpha_high: null })])).toBe("usual");
  });

  it("ignores an alpha that is not valid", () => {
    expect(groupOf([layer({ alpha: 1.5, alpha_low: 1.4, alpha_high: 1.6, alpha_valid: false })])).toBe("structure");
  });

  it("is too-far where a layer lost rank, unless most layers look random", () => {
    const collapsed = layer({ ...noAlpha, phase: "rank-collapse" });
    expect(groupOf([layer(), layer(), collapsed])).toBe("too-far");
    expect(groupOf([random, random, collapsed])).toBe("hardly-begun");
  });

  it("is null where no layer has a spectrum", () => {
    expect([groupOf([]), groupOf([failed])]).toEqual([null, null]);
  });
});
