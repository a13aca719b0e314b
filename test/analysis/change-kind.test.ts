import { describe, expect, it } from "vitest";
import {
  CHANGE_KINDS,
  type ChangeFacts,
  type ChangeKind,
  changeKind,
  MAX_LOW_RANK,
  MIN_CHANCE_P,
  MIN_LOW_RANK_SHARE,
  MIN_UNRELATED_CHANGE,
} from "#eigenscope/analysis/compare/change-kind.js";
import { headlineOf } from "#eigenscope/analysis/compare/headline.js";
import type { LayerComparison } from "#eigenscope/analysis/index.js";
import { KIND_WORDS } from "#eigenscope/report/columns/comparison.js";

/** A change of rank 4 of 100 directions, with most of the energy. */
const LOW_RANK: ChangeFacts = {
  unchanged: false,
  relativeChange: 0.1,
  withinRounding: false,
  rank: 4,
  rankLow: 4,
  directions: 100,
  rankShare: 0.9,
  spikesLost: 0,
  overlapP: [1e-9, 1e-9],
  phases: ["bulk+spikes", "bulk+spikes"],
  sameType: true,
};
const RETRAINED = { relativeChange: 1.4, overlapP: [0.3, 0.6] } as const;

const CASES: readonly (readonly [what: string, facts: Partial<ChangeFacts>, kind: ChangeKind])[] = [
  ["few directions with most of the change", {}, "low-rank"],
  ["at most a quarter of all directions", { rank: MAX_LOW_RANK * 100 }, "low-rank"],
  ["one more than a quarter", { rank: MAX_LOW_RANK * 100 + 1 }, "structured"],
  ["half of the change", { rankShare: MIN_LOW_RANK_SHARE }, "low-rank"],
  ["a little less than half", { rankShare: MIN_LOW_RANK_SHARE - 0.01 }, "structured"],
  ["an interval that begins at 0", { rankLow: 0 }, "noise"],
  ["an interval that begins at 1", { rankLow: 1 }, "low-rank"],
  ["no more than rounding", { withinRounding: true }, "rounding"],
  ["no more than rounding, in a matrix of no rank", { withinRounding: true, rank: 0, rankLow: 0 }, "rounding"],
  ["rounding that is not known", { withinRounding: null }, "low-rank"],
  ["one spike lost", { spikesLost: 1 }, "damaged"],
  ["spikes that are not known", { spikesLost: null }, "low-rank"],
  ["a spike lost by rounding", { withinRounding: true, spikesLost: 1 }, "damaged"],
  ["a collapse of B", { phases: ["heavy-tailed", "rank-collapse"] }, "damaged"],
  ["a collapse of both", { phases: ["rank-collapse", "rank-collapse"] }, "low-rank"],
  ["a collapse of A that B does not have", { phases: ["rank-collapse", "bulk+spikes"] }, "low-rank"],
  ["a collapse where A has no phase", { phases: [null, "rank-collapse"] }, "low-rank"],
  ["a collapse in another stored type", { phases: ["heavy-tailed", "rank-collapse"], sameType: false }, "low-rank"],
  ["unrelated matrices", RETRAINED, "retrained"],
  ["unrelated matrices that lost spikes", { ...RETRAINED, spikesLost: 3 }, "retrained"],
  ["a difference as large as between unrelated", { ...RETRAINED, relativeChange: MIN_UNRELATED_CHANGE }, "retrained"],
  ["a smaller difference", { ...RETRAINED, relativeChange: MIN_UNRELATED_CHANGE - 0.01 }, "low-rank"],
  ["overlaps just at chance", { ...RETRAINED, overlapP: [MIN_CHANCE_P, 0.5] }, "retrained"],
  ["a left overlap better than chance", { ...RETRAINED, overlapP: [MIN_CHANCE_P - 0.001, 0.5] }, "low-rank"],
  ["a right overlap better than chance", { ...RETRAINED, overlapP: [0.5, MIN_CHANCE_P - 0.001] }, "low-rank"],
  ["overlaps that are not known, of a smaller difference", { overlapP: [null, null] }, "low-rank"],
  ["equal values", { unchanged: true, spikesLost: 1 }, "unchanged"],
];

describe("the kind of a change", () => {
  it.each(CASES)("of %s", (_, facts, kind) => {
    expect(changeKind({ ...LOW_RANK, ...facts })).toBe(kind);
  });

  it("is not known for a difference as large as between unrelated matrices whose directions were not compared", () => {
    const unknown = { ...LOW_RANK, ...RETRAINED, withinRounding: true };
    expect(changeKind({ ...unknown, overlapP: [null, 0.5] })).toBeNull();
    expect(changeKind({ ...unknown, overlapP: [0.5, null] })).toBeNull();
  });

  it("has a case above, and a meaning, for each", () => {
    expect([...new Set(CASES.map(([, , kind]) => kind))].sort()).toEqual([...CHANGE_KINDS].sort());
    expect(Object.keys(KIND_WORDS).sort()).toEqual([...CHANGE_KINDS].sort());
  });
});

describe("the headline of a comparison", () => {
  const layer = (kind: ChangeKind | null, facts: Partial<LayerComparison> = {}): LayerComparison =>
    ({
      ...{ name: "x", kind, dtype_a: "F32", dtype_b: "F32", phase_a: "heavy-tailed", phase_b: "heavy-tailed" },
      ...{ dw_rank: 8, dw_rank_low: 8, dw_rank_high: 8, relative_change: 0.0123 },
      ...facts,
    }) as LayerComparison;
  const times = (count: number, of: LayerComparison): LayerComparison[] => new Array(count).fill(of);

  it.each([
    [times(3, layer("unchanged")), "Unchanged: all 3 layers hold the same values."],
    [
      times(11, layer("rounding", { dtype_b: "Q8_0" })),
      "B is A with rounding noise in all 11 layers: no more than rounding to Q8_0 and F32 explains, at most " +
        "1.3 % of the norm.",
    ],
    [
      [...times(24, layer("low-rank")), ...times(8, layer("unchanged"))],
      "A low-rank change of rank 8 in 24 of 32 layers; 8 of 32 layers unchanged.",
    ],
    [
      [layer("low-rank"), layer("low-rank", { dw_rank: 3, dw_rank_low: 2, dw_rank_high: 5 })],
      "A low-rank change of rank 3 to 8 (99 % intervals: 2 to 8) in all 2 layers.",
    ],
    [
      times(2, layer("retrained")),
      "Retrained or another model: the leading directions of A and B agree no better than chance in all 2 layers.",
    ],
    [
      [...["a", "b", "c", "d"].map((name) => layer("damaged", { name })), layer("noise")],
      "Damaged: 4 of 5 layers lost directions (a, b, c, and 1 more); B is A with noise in 1 of 5 layers: the " +
        "change has " +
        "no structure beyond a random matrix, at most 1.3 % of the norm.",
    ],
    [
      [layer("structured", { dw_rank: 40, dw_rank_low: 38, dw_rank_high: 44 }), layer(null)],
      "A change with structure in 1 of 2 layers: 40 directions (99 % intervals: 38 to 44) of the change beyond its " +
        "random part, at most 1.3 % of the norm; 1 layer could not be judged.",
    ],
    [
      [layer("structured", { dw_rank: 1, dw_rank_low: 1, dw_rank_high: 1 })],
      "A change with structure in the one layer: 1 direction of the change beyond its random part, at most " +
        "1.3 % of the norm.",
    ],
    [[layer(null)], "1 layer could not be judged."],
  ])("of case %# is one sentence of what was found, the most serious first", (layers, sentence) => {
    expect(headlineOf(layers).headline).toBe(sentence);
  });

  it("has the kind of all changed layers, mixed if they differ", () => {
    const kindOf = (...kinds: (ChangeKind | null)[]) => headlineOf(kinds.map((kind) => layer(kind))).kind;
    expect(kindOf("unchanged", "unchanged")).toBe("unchanged");
    expect(kindOf("unchanged", "low-rank")).toBe("low-rank");
    expect(kindOf("rounding", "low-rank")).toBe("mixed");
    expect(kindOf(null)).toBeNull();
    expect(headlineOf([layer("rounding"), layer("damaged"), layer("rounding")]).kinds).toEqual([
      { kind: "damaged", layers: 1 },
      { kind: "rounding", layers: 2 },
    ]);
  });

  it("says which stored types differ, and how many phases changed with them", () => {
    expect(headlineOf([layer("rounding")]).stored_types).toBeNull();
    const stored = { dtype_a: "F32", dtype_b: "uint8-affine" };
    expect(headlineOf([layer("rounding", stored), layer("rounding")]).stored_types).toBe(
      "Stored types differ in 1 of 2 layers: F32 in A, uint8-affine in B.",
    );
    expect(headlineOf([layer("rounding", { ...stored, phase_b: "rank-collapse" })]).stored_types).toBe(
      "Stored types differ in the one layer: F32 in A, uint8-affine in B; 1 layer changed phase, which the " +
        "type alone " +
        "may cause.",
    );
    // A layer of equal types changed its phase by itself.
    const other = layer("structured", { phase_b: "rank-collapse" });
    expect(headlineOf([layer("rounding", stored), other]).stored_types).not.toContain("phase");
  });

  it.each([
    [0.28, "28 %"],
    [2.844, "290 %"],
    [0.0999, "10 %"],
    [0, "0 %"],
  ])("says of %s at most %s: never less than the value", (relative_change, text) => {
    expect(headlineOf([layer("noise", { relative_change })]).headline).toContain(`at most ${text} of the norm`);
  });
});
