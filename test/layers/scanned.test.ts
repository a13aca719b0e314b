import { describe, expect, it } from "vitest";
import { counting, matricesOf, matrix, plan } from "./tensors-in-memory.js";

const [L, IN, OUT] = [3, 4, 5];

describe("Flax's scanned layers", () => {
  it("are stacked along axis 0 where all tensors agree there: a matrix for each layer, no convolution", async () => {
    const { layers, skipped } = plan([
      counting("params/decoder/layers/mlp/wi/kernel", [L, IN, OUT]),
      counting("params/decoder/layers/mlp/wi/bias", [L, OUT]),
      counting("params/decoder/layers/norm/scale", [L, IN]),
    ]);
    expect(layers.map(({ name, type, rf, shape }) => [name, type, rf, shape])).toEqual(
      [0, 1, 2].map((k) => [`params/decoder/layers/mlp/wi[${k}]`, "dense", 1, [IN, OUT]]),
    );
    expect(await matricesOf(layers[1])).toEqual([matrix(IN, OUT, (i, j) => (IN + i) * OUT + j)]);
    expect(layers[1].notes).toContain("one of 3 scanned layers, which are stacked along axis 0");
    expect(skipped.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("a bias"),
      "scales, zero points or a table of codes by its name, not a weight matrix",
    ]);
  });

  it("are stacked along axis 1 where all tensors agree there, as T5X and MaxText write them", async () => {
    const { layers, skipped } = plan([
      counting("decoder/layers/mlp/wi/kernel", [IN, L, OUT]),
      counting("decoder/layers/norm/scale", [IN, L]),
    ]);
    expect(layers.map(({ name, shape }) => [name, shape])).toEqual(
      [0, 1, 2].map((k) => [`decoder/layers/mlp/wi[${k}]`, [IN, OUT]]),
    );
    expect(await matricesOf(layers[2])).toEqual([matrix(IN, OUT, (i, j) => (i * L + 2) * OUT + j)]);
    expect(skipped).toHaveLength(1);
  });

  it.each([0, 1])("merge the heads of each layer's projections (axis %i)", async (axis) => {
    const [heads, size] = [2, 3];
    const stacked = (shape: number[]): number[] => shape.toSpliced(axis, 0, L);
    const { layers } = plan([
      counting("encoder/encoderblock/attn/query/kernel", stacked([IN, heads, size])),
      counting("encoder/encoderblock/attn/out/kernel", stacked([heads, size, OUT])),
      counting("encoder/encoderblock/norm/scale", stacked([IN])),
    ]);
    expect(layers.map(({ source }) => [source.rows, source.cols])).toEqual([
      ...Array.from({ length: L }, () => [IN, heads * size]),
      ...Array.from({ length: L }, () => [heads * size, OUT]),
    ]);
    const query = (i: number, j: number): number =>
      axis === 0 ? (IN + i) * heads * size + j : (i * L + 1) * heads * size + j;
    expect(await matricesOf(layers[1])).toEqual([matrix(IN, heads * size, query)]);
    const out = (i: number, j: number): number => {
      const [head, within] = [Math.floor(i / size), i % size];
      const row = axis === 0 ? heads * size + i : (head * L + 1) * size + within;
      return row * OUT + j;
    };
    expect(await matricesOf(layers[L + 1])).toEqual([matrix(heads * size, OUT, out)]);
  });

  it.each([
    [
      "numbered layers",
      ["layers/0/conv/kernel", "layers/0/norm/scale"],
      [
        [3, 4, 5],
        [3, 4],
      ],
    ],
    ["a lone kernel", ["layers/conv/kernel"], [[3, 4, 5]]],
    [
      "lengths that do not agree",
      ["layers/conv/kernel", "layers/conv/bias"],
      [
        [3, 4, 5],
        [5, 2],
      ],
    ],
    ["vectors of one axis", ["layers/conv/kernel", "layers/conv/bias"], [[3, 4, 5], [5]]],
    [
      "no word for a stack",
      ["block3/conv/kernel", "block3/norm/scale"],
      [
        [3, 4, 5],
        [3, 4],
      ],
    ],
  ])("are not seen in %s", (_, names, shapes) => {
    const { layers } = plan(names.map((name, k) => counting(name, shapes[k])));
    expect(layers[0]).toMatchObject({ type: "conv1d", rf: 3 });
  });
});
