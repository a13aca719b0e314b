import { describe, expect, it } from "vitest";
import { hardRank } from "#eigenscope/metrics/index.js";
import {
  criticalStrength,
  invertSpike,
  levelSpacing,
  spikeEigenvalue,
  spikeEigenvalueSd,
} from "#eigenscope/rmt/index.js";

describe("invertSpike", () => {
  const bulk = { N: 400, M: 100, sigma2: 2 };

  it("solves lambda = N sigma2 (1 + h)(1 + gamma/h), by hand at h = 1: 2.5 N sigma2, alignment 3/5", () => {
    // gamma = 1/4: (1 + 1)(1 + 1/4) = 2.5; (1 - 1/4)/(1 + 1/4) = 0.6; sd = 800 sqrt((4 + 2.5)(1 - 1/4)/400); slope =
    // 800 (3/4) 2.
    const spike = invertSpike(2.5 * 800, bulk)!;
    expect(spike.strength).toBeCloseTo(1, 12);
    expect(spike.alignment).toBeCloseTo(0.6, 12);
    expect(spikeEigenvalueSd(1, bulk)).toBeCloseTo(800 * Math.sqrt((6.5 * 0.75) / 400), 10);
    expect(spike.strengthSe).toBeCloseTo((800 * Math.sqrt((6.5 * 0.75) / 400)) / (800 * 0.75 * 2), 12);
  });

  it("has the alignment (1 - gamma/h^2)/(1 + gamma/h), by hand at h = 4: 63/68", () => {
    // (1 + 4)(1 + 1/16) = 5.3125; (1 - 1/64)/(1 + 1/16) = (63/64)/(68/64).
    const spike = invertSpike(5.3125 * 800, bulk)!;
    expect(spike.strength).toBeCloseTo(2, 12);
    expect(spike.alignment).toBeCloseTo(63 / 68, 12);
  });

  it("tells nothing at the edge and below it, and something just above", () => {
    const edge = spikeEigenvalue(criticalStrength(bulk), bulk);
    expect(edge).toBeCloseTo(800 * 1.5 ** 2, 9);
    expect(invertSpike(edge * (1 - 1e-9), bulk)).toBeNull();
    expect(invertSpike(edge * (1 + 1e-6), bulk)!.strength).toBeGreaterThan(criticalStrength(bulk));
    // Below the bulk the square is positive again, and there is no spike either.
    expect(invertSpike(1, bulk)).toBeNull();
  });
});

describe("levelSpacing", () => {
  // Spacings 1, 2, 1, 2, ...: each ratio is 1/2.
  const slice = Float64Array.from({ length: 13 }, (_, i) => 10 + i + Math.floor(i / 2));
  const all = { lambdaMinus: 0, lambdaPlus: 100 };

  it("is the mean smaller over larger of neighbouring spacings, with its standard error and number", () => {
    expect(levelSpacing([slice], all)).toEqual({ ratio: 0.5, standardError: Math.sqrt(0.095 / 11), pairs: 11 });
  });

  it("counts pairs whose three levels lie within the edges, these included", () => {
    const last = slice[slice.length - 1];
    expect(levelSpacing([slice], { lambdaMinus: 10, lambdaPlus: last })!.pairs).toBe(11);
    expect(levelSpacing([slice], { lambdaMinus: 10.5, lambdaPlus: last })!.pairs).toBe(10);
    expect(levelSpacing([slice], { lambdaMinus: 10, lambdaPlus: last - 0.5 })!.pairs).toBe(10);
    expect(levelSpacing([slice], { lambdaMinus: 10.5, lambdaPlus: last - 0.5 })).toBeNull();
  });

  it("leaves out the pair of three equal levels, whose ratio is none, and counts 0 where two are equal", () => {
    const low = Float64Array.of(7, 7, 7);
    // (7, 7, 7) has no ratio, (7, 7, 10) and the slice's own first, (7, 10, 11), have 0 and 1/3.
    const found = levelSpacing([Float64Array.of(...low, ...slice)], all)!;
    expect(found.pairs).toBe(13);
    expect(found.ratio).toBeCloseTo((0 + 1 / 3 + 11 * 0.5) / 13, 12);
  });

  it("takes no spacing between two slices, and no level at zero", () => {
    expect(levelSpacing([slice.subarray(0, 7), slice.subarray(6)], all)!.pairs).toBe(10);
    expect(levelSpacing([Float64Array.of(0, ...slice)], all)!.pairs).toBe(11);
  });
});

describe("hardRank", () => {
  const shape = { N: 5, M: 3, unresolved: 0, route: "gram" } as const;
  // eps32/(2 sqrt(N + M + 1)) = 2^-23/6 of the largest singular value.
  const bound = 2 ** -23 / 6;

  it("counts singular values above 2^-23/(2 sqrt(N + M + 1)) of the largest, matrix by matrix", () => {
    const above = Float64Array.of((bound * 1.001) ** 2, 0.5, 1);
    const below = Float64Array.of((bound * 0.999) ** 2, 0.5, 1);
    expect(hardRank({ ...shape, slices: [above] })).toBe(3);
    expect(hardRank({ ...shape, slices: [below] })).toBe(2);
    expect(hardRank({ ...shape, slices: [above, below.map((value) => 1e9 * value)] })).toBe(5);
    expect(hardRank({ ...shape, slices: [Float64Array.of(0, 0, 0)] })).toBe(0);
  });

  it("is unknown where the Gram route left something unresolved, not by the bidiagonal one", () => {
    const slices = [Float64Array.of(0, 0.5, 1)];
    expect(hardRank({ ...shape, slices, unresolved: 1 })).toBeNull();
    expect(hardRank({ ...shape, slices, unresolved: 1, route: "mixed" })).toBeNull();
    expect(hardRank({ ...shape, slices, unresolved: 1, route: "bidiagonal" })).toBe(2);
  });
});
