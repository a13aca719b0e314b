import { describe, expect, it } from "vitest";
import { counting, holding, matricesOf, matrix, plan } from "./tensors-in-memory.js";

// Rows of lengths 5, 13 and 9.
const V = [3, 4, 0, 12, 0, 5, 4, -4, 7];

describe("a weight-norm pair", () => {
  it.each([
    ["conv.weight_g", "conv.weight_v"],
    ["conv.parametrizations.weight.original0", "conv.parametrizations.weight.original1"],
  ])("%s and %s are one layer W = g v / ||v||, the norm over all axes but the first", async (g, v) => {
    const tensors = [holding(g, [3, 1], [10, 26, 18]), holding(v, [3, 3], V)];
    const { layers, skipped } = plan(tensors);
    expect(layers).toMatchObject([{ name: "conv", tensorName: v, type: "dense", shape: [3, 3], index: 0 }]);
    expect(layers[0].notes).toEqual([`W = g v / ||v||, composed of ${v} and its lengths`]);
    expect(await matricesOf(layers[0])).toEqual([
      [
        [6, 8, 0],
        [24, 0, 10],
        [8, -8, 14],
      ],
    ]);
    expect(skipped).toMatchObject([{ name: g, reason: `lengths of the weights in ${v}, which are read with it` }]);
  });

  it("is read in any ranges and chunks: a kernel's positions, gates of a cell", async () => {
    const shape = [4, 3, 2];
    const norm = (o: number): number =>
      Math.sqrt(Array.from({ length: 6 }, (_, k) => (6 * o + k) ** 2).reduce((sum, square) => sum + square));
    const kernel = single(counting("conv.weight_g", [4, 1, 1]), counting("conv.weight_v", shape, { yields: 5 }));
    expect(kernel).toMatchObject({ name: "conv", type: "conv1d", rf: 2 });
    const entry = (k: number) => (o: number, i: number) => Math.fround((6 * o + 2 * i + k) * (o / norm(o)));
    expect(await matricesOf(kernel)).toEqual([0, 1].map((k) => matrix(4, 3, entry(k))));
    const { layers } = plan([
      holding("lstm.weight_hh_l0_g", [4, 1], [1, 2, 3, 4]),
      holding("lstm.weight_hh_l0_v", [4, 1], [9, 9, -9, 9]),
    ]);
    expect(layers.map(({ name }) => name)).toEqual(["i", "f", "g", "o"].map((gate) => `lstm.weight_hh_l0[${gate}]`));
    expect(await matricesOf(layers[2])).toEqual([[[-3]]]);
  });

  it("with lengths along another axis, or one for all, is normed so", async () => {
    const along = single(holding("c.weight_g", [1, 2], [10, 26]), holding("c.weight_v", [2, 2], [3, 12, 4, 5]));
    expect(await matricesOf(along)).toEqual([
      [
        [6, 24],
        [8, 10],
      ],
    ]);
    const whole = single(holding("c.weight_g", [], [26]), holding("c.weight_v", [2, 2], [3, 4, 12, 0]));
    expect(await matricesOf(whole)).toEqual([
      [
        [6, 8],
        [24, 0],
      ],
    ]);
  });

  it("that does not fit, or whose product is in the file, stays as it stands with a note", () => {
    const odd = plan([counting("c.weight_g", [5]), counting("c.weight_v", [4, 6])]);
    expect(odd.layers).toMatchObject([
      {
        name: "c.weight_v",
        notes: ["directions of a weight-norm pair, analysed as stored: 5 lengths do not fit 4 x 6 directions"],
      },
    ]);
    const both = plan([counting("c.weight", [4, 6]), counting("c.weight_g", [4, 1]), counting("c.weight_v", [4, 6])], {
      minEigenvalues: 2,
    });
    expect(both.layers.map(({ name, notes }) => [name, notes.length])).toEqual([
      ["c", 0],
      ["c.weight_v", 1],
    ]);
  });
});

function single(...tensors: Parameters<typeof plan>[0]) {
  const { layers } = plan(tensors);
  expect(layers.length).toBe(1);
  return layers[0];
}
