import { describe, expect, it } from "vitest";
import { kendallInterval, kendallTauB, permutationP, spearmanInterval } from "#eigenscope/numeric/index.js";
import { perPhase } from "#eigenscope/rank/columns.js";
import { type Correlation, correlate, RANK_COLUMNS, type RankedModel } from "#eigenscope/rank/index.js";
import { averages, rankedModel } from "./ranked.js";

const SCORES = [0.1, 0.5, 0.6, 0.7, 0.8, 0.9];
/** alpha falls with the score but for one exchange, log_norm rises; only four models have a valid alpha. */
const ALPHA = [9, 7, 8, 5, 4, 3];
const models: RankedModel[] = SCORES.map((score, i) =>
  rankedModel({
    ...{ name: `m${i}`, score, valid_layers: i },
    means: averages({ alpha: ALPHA[i], log_norm: i, D: 0.5 }),
    valid_means: averages(i < 2 ? {} : { alpha: i }),
    medians: averages({ alpha: i }),
    phase_shares: perPhase((phase) => (phase === "random-like" ? 1 - i / 5 : phase === "heavy-tailed" ? i / 5 : 0)),
  }),
);
const find = (rows: readonly Correlation[], column: string, statistic = "mean", over = "all"): Correlation =>
  rows.find((row) => row.column === column && row.statistic === statistic && row.over === over) as Correlation;

describe("the correlations", () => {
  const { rows, bound } = correlate(models);

  it("are Spearman's and Kendall's with their intervals and the permutation p", () => {
    const alpha = find(rows, "alpha");
    // Reversed but for one exchange of neighbours: 1 - 6 * 2/(6 * 35) = 33/35; 13 of 15 pairs net.
    expect(alpha.spearman).toBeCloseTo(-33 / 35, 14);
    expect(alpha.kendall).toBeCloseTo(-13 / 15, 14);
    expect(alpha.kendall).toBe(kendallTauB(ALPHA, SCORES));
    const [ofRho, ofTau] = [spearmanInterval(alpha.spearman as number, 6), kendallInterval(alpha.kendall as number, 6)];
    expect([alpha.spearman_low, alpha.spearman_high]).toEqual([ofRho?.low, ofRho?.high]);
    expect([alpha.kendall_low, alpha.kendall_high]).toEqual([ofTau?.low, ofTau?.high]);
    // P(|rho| >= 33/35) for n = 6: the two perfect orders and the ten with one exchange of neighbours, of 720.
    expect(alpha.p).toBe(12 / 720);
    expect(alpha.p).toBe(permutationP([6, 4, 5, 3, 2, 1], [1, 2, 3, 4, 5, 6]));
    expect(alpha.n).toBe(6);
  });

  it("have every column, the mean over all layers first", () => {
    expect(rows.slice(0, 2).map(({ statistic, over }) => [statistic, over])).toEqual([
      ["mean", "all"],
      ["mean", "valid"],
    ]);
    for (const column of RANK_COLUMNS) expect(rows.filter((row) => row.column === column).length).toBeGreaterThan(3);
    expect(find(rows, "random-like", "share").spearman).toBe(-1);
    expect(find(rows, "layers", "count", "valid").spearman).toBe(1);
    expect(find(rows, "alpha", "median").spearman).toBe(1);
    expect(find(rows, "alpha", "weightwatcher").n).toBe(0);
  });

  it("count the models that have the column, and are null below four of them", () => {
    expect(find(rows, "alpha", "mean", "valid")).toMatchObject({ n: 4, spearman: 1, p: 2 / 24, p_any: null });
    const three = correlate(models.map((model, i) => (i === 5 ? { ...model, valid_means: averages() } : model)));
    expect(find(three.rows, "alpha", "mean", "valid")).toMatchObject({ n: 3, spearman: null, kendall: null, p: null });
    const few = correlate(models.slice(0, 3));
    expect(few.bound).toBeNull();
    expect(few.rows.every(({ spearman, p, p_any }) => spearman === null && p === null && p_any === null)).toBe(true);
  });

  it("are null for a column that is the same in all models", () => {
    expect(find(rows, "D")).toMatchObject({ n: 6, spearman: null, kendall_low: null, p: null, p_any: null });
  });

  it("say what the best of all columns reaches by chance", () => {
    const rising = find(rows, "log_norm");
    // One of five different orders in 720: 2/720 for one column, more for the best of several.
    expect(rising.p).toBe(2 / 720);
    expect(rising.p_any).toBeGreaterThan(rising.p as number);
    expect(rising.p_any).toBeLessThan(0.05);
    expect(bound).toBeGreaterThan(0.81);
    expect(bound).toBeLessThanOrEqual(1);
  });

  it("leave out models that failed or have no score, and are empty without scores", () => {
    const more = [...models, rankedModel({ status: "failed", score: 5 }), rankedModel({ score: null })];
    expect(correlate(more)).toEqual(correlate(models));
    expect(correlate(models.map((model) => ({ ...model, score: null })))).toEqual({ rows: [], bound: null });
  });

  it("are the same again, and in any order of the models", () => {
    expect(correlate(models)).toEqual(correlate(models));
    const turned = correlate(models.toReversed()).rows;
    expect(turned.map(({ spearman, p }) => [spearman, p])).toEqual(rows.map(({ spearman, p }) => [spearman, p]));
  });
});
