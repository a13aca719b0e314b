import { describe, expect, it } from "vitest";
import { FLAT_COLUMNS, RANK_COLUMNS, sortColumn, sortModels } from "#eigenscope/rank/index.js";
import type { RankedModel } from "#eigenscope/rank/ranked-model.js";
import { averages, rankedModel } from "./ranked.js";

const ANY = { relation: "same-architecture", statements: [] } as const;
const named = (models: readonly RankedModel[]): string[] => models.map(({ name }) => name);
const models = [
  rankedModel({ name: "b-10", means: averages({ alpha: 3 }), valid_means: averages({ alpha: 9 }), score: 1 }),
  rankedModel({ name: "none", means: averages(), score: 2 }),
  rankedModel({ name: "b-9", means: averages({ alpha: 2 }), valid_means: averages({ alpha: 10 }), score: 3 }),
];

describe("the columns of the flat table", () => {
  it("have every average of every column of a layer that is a number, and each name once", () => {
    const names = FLAT_COLUMNS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const column of RANK_COLUMNS)
      for (const prefix of ["mean_", "valid_mean_", "median_", "valid_median_"])
        expect(names).toContain(prefix + column);
  });

  it("tell means from medians, and all layers from valid ones", () => {
    const model = rankedModel({
      means: averages({ D: 1 }),
      valid_means: averages({ D: 2 }),
      medians: averages({ D: 3 }),
      valid_medians: averages({ D: 4 }),
    });
    const values = ["mean_D", "valid_mean_D", "median_D", "valid_median_D"].map((name) =>
      sortColumn(name).value(model),
    );
    expect(values).toEqual([1, 2, 3, 4]);
  });

  it("are named in full, or by a layer's column, which means its mean over all layers", () => {
    expect(sortColumn("alpha").name).toBe("mean_alpha");
    expect(sortColumn("valid_mean_alpha").name).toBe("valid_mean_alpha");
    expect(sortColumn("score").name).toBe("score");
    expect(sortColumn("layers").name).toBe("layers");
  });

  it("of another name are refused with names that are there", () => {
    expect(() => sortColumn("alpha_w")).toThrow(
      /found "alpha_w", expected a column of the CSV such as .*alpha_weighted/,
    );
    expect(() => sortColumn("nothing")).toThrow(/such as score, mean_alpha_weighted, /);
  });
});

describe("the order of models", () => {
  it("is the given one without a column, reversed if it descends", () => {
    expect(named(sortModels(models, {}, ANY))).toEqual(["b-10", "none", "b-9"]);
    expect(named(sortModels(models, { descending: true }, ANY))).toEqual(["b-9", "none", "b-10"]);
  });

  it("is that of the column, and models without a value come last in both directions", () => {
    expect(named(sortModels(models, { sort: "alpha" }, ANY))).toEqual(["b-9", "b-10", "none"]);
    expect(named(sortModels(models, { sort: "alpha", descending: true }, ANY))).toEqual(["b-10", "b-9", "none"]);
    expect(named(sortModels(models, { sort: "valid_mean_alpha" }, ANY))).toEqual(["b-10", "b-9", "none"]);
    expect(named(sortModels(models, { sort: "score", descending: true }, ANY))).toEqual(["b-9", "none", "b-10"]);
  });

  it("of names is natural: 9 before 10", () => {
    expect(named(sortModels(models, { sort: "name" }, ANY))).toEqual(["b-9", "b-10", "none"]);
  });

  it("keeps families apart where the column cannot order them, and mixes them where it can", () => {
    const [first, , second] = models;
    const families = [
      { ...first, family: 2 },
      { ...second, family: 1 },
      { ...first, name: "low", means: averages({ alpha: 1 }), family: 2 },
    ];
    const different = { relation: "different", statements: [] } as const;
    expect(named(sortModels(families, { sort: "alpha" }, different))).toEqual(["b-9", "low", "b-10"]);
    expect(named(sortModels(families, { sort: "alpha" }, ANY))).toEqual(["low", "b-9", "b-10"]);
    expect(named(sortModels(families, { sort: "score" }, different))).toEqual(["b-10", "low", "b-9"]);
  });

  it("leaves the given list as it is", () => {
    const given = models.slice();
    sortModels(given, { sort: "alpha" }, ANY);
    expect(given).toEqual(models);
  });
});
