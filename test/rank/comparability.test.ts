import { describe, expect, it } from "vitest";
import { architectureOf, familiesOf, type Relation, relationOf } from "#eigenscope/rank/architecture.js";
import { comparabilityOf, mayOrder } from "#eigenscope/rank/comparability.js";

type Shape = readonly [N: number, M: number];
const model = (layers: Readonly<Record<string, Shape>>) =>
  architectureOf(Object.entries(layers).map(([name, [N, M]]) => ({ name, N, M, rf: 1 })));

/** A stack of `depth` equal blocks of a width, as a transformer or a ResNet has them. */
const stack = (depth: number, width: number) =>
  model({
    ...Object.fromEntries(Array.from({ length: depth }, (_, k) => [`blocks.${k}.mlp`, [4 * width, width] as const])),
    head: [1000, width],
  });

describe("the relation of models", () => {
  it("of one model is that there is nothing to compare", () => {
    expect([relationOf([stack(2, 8)]), relationOf([])]).toEqual(["one-model", "one-model"]);
  });

  it.each<[string, ReturnType<typeof model>[], Relation]>([
    ["equal layers are one architecture", [stack(3, 64), stack(3, 64)], "same-architecture"],
    [
      "more of the same blocks are a depth series, in any order",
      [stack(5, 64), stack(2, 64), stack(9, 64)],
      "depth-series",
    ],
    [
      "more blocks of another shape are a depth series too, as long as one model has all the shapes of the other",
      [model({ "c.1": [9, 3], "c.2": [9, 4], "c.3": [9, 5] }), model({ "c.1": [9, 3], "c.2": [9, 4] })],
      "depth-series",
    ],
    ["wider blocks are a size series", [stack(3, 64), stack(3, 128)], "size-series"],
    ["deeper and wider ones too", [stack(3, 64), stack(6, 128)], "size-series"],
    ["layers of other names are another architecture", [stack(3, 64), model({ fc: [64, 10] })], "different"],
    [
      "one layer more of another kind is another architecture",
      [model({ fc: [64, 10] }), model({ fc: [64, 10], gate: [64, 10] })],
      "different",
    ],
    [
      "shapes of which neither model has all of the other's are a size series",
      [model({ "c.1": [9, 3], "c.2": [9, 4] }), model({ "c.1": [9, 3], "c.2": [9, 5] })],
      "size-series",
    ],
    [
      "the same layers in another number of kernel positions are not one architecture",
      [architectureOf([{ name: "c", N: 9, M: 3, rf: 9 }]), architectureOf([{ name: "c", N: 9, M: 3, rf: 25 }])],
      "size-series",
    ],
  ])("%s", (_, models, relation) => {
    expect(relationOf(models)).toBe(relation);
  });

  it("of single matrices lies in their shapes: a .npy file has no other name than its own", () => {
    expect(relationOf([model({ best: [9, 4] }), model({ last: [9, 4] })])).toBe("same-architecture");
    expect(relationOf([model({ best: [9, 4] }), model({ last: [9, 5] })])).toBe("size-series");
    expect(relationOf([model({ best: [9, 4] }), model({ last: [9, 4], more: [9, 4] })])).toBe("different");
  });

  it("does not depend on how equal layers are numbered", () => {
    expect(relationOf([model({ "h.0": [9, 4], "h.1": [9, 4] }), model({ "h.3": [9, 4], "h.7": [9, 4] })])).toBe(
      "same-architecture",
    );
  });

  it("makes families of models whose layers have the same roles, numbered as they come", () => {
    expect(familiesOf([stack(2, 8), model({ fc: [9, 9] }), stack(5, 16), model({ fc: [8, 8] })])).toEqual([0, 1, 0, 1]);
  });
});

describe("what can be compared", () => {
  const named = (names: readonly string[], architecture = stack(2, 8)) => names.map((name) => ({ name, architecture }));

  it("over one architecture is everything, shapes over valid layers and the rest over all", () => {
    const { relation, statements, families } = comparabilityOf(named(["a", "b"]));
    expect(relation).toBe("same-architecture");
    expect(statements.every(({ comparable }) => comparable)).toBe(true);
    expect(statements.find(({ columns }) => columns.includes("alpha"))?.over).toBe("valid");
    expect(statements.find(({ columns }) => columns.includes("alpha_weighted"))?.over).toBe("all");
    expect(families).toEqual([{ family: 1, relation: "same-architecture", models: ["a", "b"] }]);
  });

  it("over a depth series is not alpha (Simpson's paradox), but what combines shape and scale", () => {
    const comparable = comparabilityOf([...named(["a"]), ...named(["b"], stack(4, 8))]);
    expect(
      ["alpha", "tail_index", "alpha_weighted", "log_alpha_norm", "log_norm"].map((c) => mayOrder(c, comparable)),
    ).toEqual([false, false, true, true, true]);
    const alpha = comparable.statements.find(({ columns }) => columns.includes("alpha"));
    expect(alpha?.sources).toContain("MM21b");
  });

  it("over a size series is neither alpha nor a norm of W'W", () => {
    const comparable = comparabilityOf([...named(["a"]), ...named(["b"], stack(2, 16))]);
    expect(["alpha", "log_norm", "alpha_weighted"].map((c) => mayOrder(c, comparable))).toEqual([false, false, true]);
  });

  it("over different architectures is nothing, not even a column that no paper names", () => {
    const comparable = comparabilityOf([...named(["a", "c"]), ...named(["b"], model({ fc: [9, 9] }))]);
    expect(comparable.relation).toBe("different");
    expect(["alpha", "alpha_weighted", "level_spacing"].map((c) => mayOrder(c, comparable))).toEqual([
      false,
      false,
      false,
    ]);
    expect(comparable.families).toEqual([
      { family: 1, relation: "same-architecture", models: ["a", "c"] },
      { family: 2, relation: "one-model", models: ["b"] },
    ]);
  });

  it.each([
    [["step-100", "step-200", "step-1000"], true],
    [["epoch_1", "epoch_2", "epoch_3"], true],
    [["out/checkpoint-5", "out/checkpoint-6", "out/checkpoint-7"], true],
    [["100", "200", "300"], true],
    [["e1", "e2", "e3"], true],
    [["step-100", "step-200"], false],
    [["seed-1", "seed-2", "seed-3"], false],
    [["b4-step1", "b4-step2", "b8-step3"], false],
    [["step1-b4", "step2-b8", "step3-b8"], false],
    [["step-1", "step-2", "final"], false],
    [["width32", "width64", "width128"], false],
    [["a", "b", "c"], false],
  ])("sees whether %j are the steps of one training: %s", (names, series) => {
    expect(comparabilityOf(named(names)).series).toBe(series);
  });

  it("takes no depth series for the steps of a training", () => {
    const models = [2, 4, 6].map((depth) => ({ name: `step-${depth}`, architecture: stack(depth, 8) }));
    expect(comparabilityOf(models).series).toBe(false);
  });
});
