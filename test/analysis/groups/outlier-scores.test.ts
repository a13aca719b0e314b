import { describe, expect, it } from "vitest";
import { MIN_DEVIATION, memberScores, outlierScore } from "#eigenscope/analysis/groups/outlier-scores.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";

/** Rows of powers of ten. */
const powers = (rows: readonly (readonly (number | null)[])[]) =>
  rows.map((row) => row.map((exponent) => (exponent === null ? null : 10 ** exponent)));

describe("the score of a member", () => {
  it("is its distance to its block's median in robust deviations of all blocks", () => {
    // Residuals -2, -1, 0, 1, 2 in both rows: the median of their sizes is 1.
    const scores = memberScores(
      powers([
        [0.1, 0.2, 0.3, 0.4, 0.5],
        [5.1, 5.2, 5.3, 5.4, 5.5],
      ]),
    );
    expect(scores.map(({ score }) => Number(score.toFixed(9)))).toEqual(
      [...Array(2)].flatMap(() => [-2, -1, 0, 1, 2].map((steps) => Number((steps / 1.4826).toFixed(9)))),
    );
    expect(scores[7].median).toBeCloseTo(10 ** 5.3, 6);
    expect(scores.map(({ row, column }) => [row, column])[6]).toEqual([1, 1]);
  });

  it("does not depend on the unit", () => {
    const grid = powers([[0.1, 0.25, 0.3, 0.42, 0.5, 0.9, 0.11, 0.2]]);
    const scaled = grid.map((row) => row.map((value) => 1000 * (value as number)));
    const scoresOf = (rows: typeof grid) => memberScores(rows).map(({ score }) => score);
    scoresOf(scaled).forEach((score, k) => {
      expect(score).toBeCloseTo(scoresOf(grid)[k], 9);
    });
  });

  it("leaves out values that are null or not positive", () => {
    const scores = memberScores([[1, 2, null, 3, 0, -1, Number.POSITIVE_INFINITY, 4, 5, 6, 7, 8]]);
    expect(scores.map(({ column }) => column)).toEqual([0, 1, 3, 7, 8, 9, 10, 11]);
  });

  it("needs 4 in a block and 8 in the group", () => {
    const row = (n: number) => Array.from({ length: n }, (_, k) => k + 1);
    expect(memberScores([row(4), row(4)])).toHaveLength(8);
    expect(memberScores([row(4), row(4), row(3)])).toHaveLength(8);
    expect(memberScores([row(3), row(3), row(3)])).toEqual([]);
    expect(memberScores([row(8)])).toHaveLength(8);
    expect(memberScores([row(7)])).toEqual([]);
  });

  it("is small where members differ only by rounding", () => {
    const almost = (by: number) => memberScores(powers([[0, 0, 0, 0, 0, 0, 0, by]]))[7].score;
    expect(almost(5 * MIN_DEVIATION)).toBeCloseTo(5, 6);
    expect(almost(20 * MIN_DEVIATION)).toBeCloseTo(20, 6);
  });
});

describe("the score of an outlier", () => {
  it("is 10 up to exp(7) members, then 3 + ln n", () => {
    expect([1, 8, 1000, 1096].map(outlierScore)).toEqual([10, 10, 10, 10]);
    expect(outlierScore(1097)).toBe(3 + Math.log(1097));
    expect(outlierScore(15616)).toBeCloseTo(12.656, 3);
  });

  /** Groups of equal members with an outlier in the statistic, of `groups`. */
  const falseGroups = (draw: () => number, { blocks, members, groups }: Record<string, number>): number => {
    let found = 0;
    for (let group = 0; group < groups; group++) {
      const grid = Array.from({ length: blocks }, () => Array.from({ length: members }, () => 10 ** (0.1 * draw())));
      if (memberScores(grid).some(({ score }) => Math.abs(score) > outlierScore(blocks * members))) found++;
    }
    return found;
  };
  const rng = createRng(11);
  // The logarithm of the largest of many heavy-tailed numbers.
  const gumbel = (): number => -Math.log(-Math.log(rng() || 0.5));

  it("is exceeded in few groups of equal members with exponential tails, and in some", () => {
    // 1.1 % and 1.4 % in the calibration (decision 26); the binomial probability of more than 26 at 1.4 % is 0.02 %.
    const small = falseGroups(gumbel, { blocks: 1, members: 8, groups: 1000 });
    const large = falseGroups(gumbel, { blocks: 32, members: 8, groups: 1000 });
    expect(small).toBeLessThan(27);
    expect(large).toBeLessThan(27);
    expect(small + large).toBeGreaterThan(3);
  });

  it("is exceeded in almost no group of Gaussian members", () => {
    // 0.4 % in the calibration.
    expect(falseGroups(normalSampler(rng), { blocks: 1, members: 8, groups: 1000 })).toBeLessThan(15);
    expect(falseGroups(normalSampler(rng), { blocks: 32, members: 8, groups: 200 })).toBe(0);
  });
});
