import { describe, expect, it } from "vitest";
import type { FamilyPlace } from "#eigenscope/analysis/atlas/reference-values.js";
import { percentileText, referenceLines } from "#eigenscope/report/reference-text.js";

const PLACE: FamilyPlace = {
  ...{ column: "alpha", median: 3.214, layers: 12, percentile: 41.2, error: 3 },
  ...{ group: "attention layers", n: 1118, networks: 3 },
};
const text = (percentile: number): string => percentileText({ ...PLACE, percentile });

describe("a percentile in words", () => {
  it.each([
    [1, "1st"],
    [2, "2nd"],
    [3, "3rd"],
    [4, "4th"],
    [11, "11th"],
    [12, "12th"],
    [13, "13th"],
    [21, "21st"],
    [41.2, "41st"],
    [92, "92nd"],
    [99.4, "99th"],
    [0.6, "1st"],
  ])("%s is the %s", (percentile, ordinal) => {
    expect(text(percentile)).toBe(`${ordinal} percentile of 1,118 attention layers in 3 networks`);
  });

  it("has no 0th or 100th", () => {
    expect(text(0.4)).toBe("below nearly all of 1,118 attention layers in 3 networks");
    expect(text(99.5)).toBe("above nearly all of 1,118 attention layers in 3 networks");
    expect(percentileText({ ...PLACE, networks: 1 })).toContain("in 1 network");
  });

  it("is said of alpha and the tail index of each family", () => {
    const families = [
      PLACE,
      { ...PLACE, column: "tail_index", median: -0.25, layers: 1 } as const,
      { ...PLACE, column: "mp_soft_rank" } as const,
    ];
    expect(referenceLines({ networks: [], percentiles: [], families })).toEqual([
      "alpha 3.21, median of 12 layers: 41st percentile of 1,118 attention layers in 3 networks.",
      "tail index -0.250, of 1 layer: 41st percentile of 1,118 attention layers in 3 networks.",
    ]);
  });
});
