import { describe, expect, it } from "vitest";
import type { Relation } from "#eigenscope/rank/architecture.js";
import type { Comparable } from "#eigenscope/rank/comparability.js";
import { correlate, type RankedModel } from "#eigenscope/rank/index.js";
import { warningsOf } from "#eigenscope/rank/warnings.js";
import { averages, rankedModel } from "./ranked.js";

const comparableAs = (relation: Relation, more: Partial<Comparable> = {}): Comparable => ({
  ...{ relation, series: false, families: [], statements: [] },
  ...more,
});
const warned = (models: readonly RankedModel[], comparable: Comparable, sort?: string): string =>
  warningsOf(models, correlate(models).rows, { comparable, order: { sort } }).join("\n");

/** Eight models of one or two depths, their scores, and the means of one column. */
const modelsWith = (means: readonly number[], { layers = (_: number): number => 4 } = {}) =>
  means.map((alpha_weighted, i) =>
    rankedModel({ name: `m${i}`, score: i, layers: layers(i), means: averages({ alpha_weighted }) }),
  );
const rising = modelsWith([1, 2, 3, 4, 5, 6, 7, 8]);
const falling = modelsWith([8, 7, 6, 5, 4, 3, 2, 1]);

describe("the warnings of a ranking", () => {
  it("say where the sign is the reverse of the papers', and only where it surely is", () => {
    const sentence = "alpha_weighted (all, 1.00) rises with the score here";
    expect(warned(rising, comparableAs("same-architecture"))).toContain(sentence);
    expect(warned(rising, comparableAs("depth-series"))).toContain("do not carry the sign over");
    expect(warned(falling, comparableAs("same-architecture"))).not.toContain("with the score here");
    // rho = 0.40 of eight: its interval reaches below 0.
    const unsure = modelsWith([3, 1, 6, 2, 5, 8, 4, 7].map((value) => value % 7));
    expect(warned(unsure, comparableAs("same-architecture"))).not.toContain("with the score here");
  });

  it("say that the sign is unknown without scores", () => {
    const unscored = rising.map((model) => ({ ...model, score: null }));
    expect(warned(unscored, comparableAs("same-architecture"))).toContain("no scores were given");
    expect(warned(rising, comparableAs("same-architecture"))).not.toContain("no scores were given");
    expect(warned(unscored, comparableAs("one-model"))).toBe("");
  });

  it("forbid a ranking of different architectures, and say that families are ordered apart", () => {
    const families = [1, 2].map((family) => ({ family, relation: "one-model" as const, models: [] }));
    const different = comparableAs("different", { families });
    expect(warned(rising, different)).toContain("2 different architectures: no column ranks them against each other");
    expect(warned(rising, different, "alpha")).toContain("mean_alpha does not order different architectures");
    expect(warned(rising, different, "score")).not.toContain("does not order");
  });

  it("warn of the mean alpha over depths and sizes, but not over one architecture", () => {
    for (const relation of ["depth-series", "size-series"] as const)
      expect(warned(falling, comparableAs(relation))).toContain(
        "do not rank them by the mean alpha (Simpson's paradox",
      );
    expect(warned(falling, comparableAs("same-architecture"))).not.toContain("Simpson");
    const statements = [{ columns: ["alpha"], comparable: false, over: "valid", reason: "", sources: [] }] as const;
    const depth = comparableAs("depth-series", { statements });
    expect(warned(falling, depth, "alpha")).toContain("mean_alpha is not comparable over these models");
    expect(warned(falling, depth, "alpha_weighted")).not.toContain("is not comparable");
  });

  it("warn that the steps of one training are not independent", () => {
    expect(warned(falling, comparableAs("same-architecture", { series: true }))).toContain("steps of one training");
    expect(warned(falling, comparableAs("same-architecture"))).not.toContain("steps of one training");
  });

  it("see Simpson's paradox in the data: one way within each depth, the other way over all", () => {
    const layers = (i: number): number => (i < 4 ? 4 : 8);
    const paradox = modelsWith([4, 3, 2, 1, 14, 13, 12, 11], { layers });
    expect(warned(paradox, comparableAs("depth-series"))).toContain(
      "Simpson's paradox [MM21b]: over all models alpha_weighted (all) goes one way",
    );
    const alike = modelsWith([1, 2, 3, 4, 11, 12, 13, 14], { layers });
    expect(warned(alike, comparableAs("depth-series"))).not.toContain("goes one way");
    // One depth of the two agrees with the whole.
    const mixed = modelsWith([1, 2, 3, 4, 14, 13, 12, 11], { layers });
    expect(warned(mixed, comparableAs("depth-series"))).not.toContain("goes one way");
    // Three models of a depth are too few.
    const few = modelsWith([4, 3, 2, 14, 13, 12], { layers: (i) => (i < 3 ? 4 : 8) });
    expect(warned(few, comparableAs("depth-series"))).not.toContain("goes one way");
  });
});
