import { describe, expect, it } from "vitest";
import type { Tensor } from "#eigenscope/formats/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { counting, holding, matricesOf, plan } from "./tensors-in-memory.js";

const normal = normalSampler(createRng(3));
const numbers = (count: number): number[] => Array.from(Float32Array.from({ length: count }, normal));
const [ROWS, COLS] = [4, 6];
const W = numbers(ROWS * COLS);
const U = numbers(ROWS);
const V = numbers(COLS);
const sigmaOf = (w: readonly number[], u: readonly number[], v: readonly number[]): number =>
  u.reduce((sum, each, i) => sum + each * v.reduce((dot, other, j) => dot + w[i * v.length + j] * other, 0), 0);
/** Values are f32: some 2^-23 of the largest. */
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));

async function only(tensors: readonly Tensor[]) {
  const { layers, skipped } = plan(tensors);
  expect(layers.map(({ name }) => name)).toHaveLength(1);
  return { layer: layers[0], values: (await matricesOf(layers[0])).flat(2), skipped };
}

describe("a weight under spectral normalisation", () => {
  it.each([
    ["the old hook", "m.weight_orig", "m.weight_u", "m.weight_v"],
    [
      "the parametrisation",
      "m.parametrizations.weight.original",
      "m.parametrizations.weight.0._u",
      "m.parametrizations.weight.0._v",
    ],
    ["hooks of GANs before torch had one", "m.weight_bar", "m.weight_u", "m.weight_v"],
  ])("is W / (u'Wv), by the names of %s", async (_, raw, u, v) => {
    const tensors = [holding(raw, [ROWS, COLS], W), holding(u, [ROWS], U), holding(v, [COLS], V)];
    const { layer, values, skipped } = await only(tensors);
    expect(layer).toMatchObject({ name: "m", tensorName: raw, type: "dense", shape: [ROWS, COLS] });
    expect(layer.notes[0]).toBe(`W / (u'Wv): the spectral normalisation of ${raw} with its stored vectors`);
    expect(values).toEqual(close(W.map((value) => value / sigmaOf(W, U, V))));
    expect(skipped.map(({ name, reason }) => [name, reason])).toEqual(
      [u, v].map((name) => [name, `of the spectral normalisation of ${raw}`]),
    );
  });

  it("reads a kernel as a matrix of its outputs, in any chunks", async () => {
    const v = numbers(COLS * 2);
    const w = numbers(ROWS * COLS * 2);
    const { values } = await only([
      { ...holding("c.weight_orig", [ROWS, COLS, 2], w, {}), ...chunked("c.weight_orig", [ROWS, COLS, 2], w) },
      holding("c.weight_u", [ROWS], U),
      holding("c.weight_v", [COLS * 2], v),
    ]);
    const sigma = sigmaOf(w, U, v);
    const expected = [0, 1].flatMap((k) => w.filter((_, at) => at % 2 === k).map((value) => value / sigma));
    expect(values).toEqual(close(expected));
  });

  it("of a transposed convolution has its rows along axis 1", async () => {
    const [inputs, outputs, width] = [3, 4, 2];
    const w = numbers(inputs * outputs * width);
    const v = numbers(inputs * width);
    const rows = Array.from({ length: outputs }, (_, o) =>
      Array.from(
        { length: inputs * width },
        (__, at) => w[(Math.floor(at / width) * outputs + o) * width + (at % width)],
      ),
    ).flat();
    const { values } = await only([
      holding("up.weight_orig", [inputs, outputs, width], w),
      holding("up.weight_u", [outputs], U),
      holding("up.weight_v", [inputs * width], v),
    ]);
    expect(Math.max(...values.map(Math.abs))).toBeCloseTo(
      Math.max(...w.map(Math.abs)) / Math.abs(sigmaOf(rows, U, v)),
      4,
    );
  });

  it("of a square kernel has the arrangement in which u and v are singular vectors", async () => {
    // W = e_0 (x) e_1 over in, out, at position 0: as a transposed convolution sigma is 5, as a plain one it is 0.
    const w = Array.from({ length: 8 }, () => 0);
    w[1 * 2] = 5;
    const { values } = await only([
      holding("up.weight_orig", [2, 2, 1, 2], w),
      holding("up.weight_u", [2], [0, 1]),
      holding("up.weight_v", [4], [1, 0, 0, 0]),
    ]);
    expect(Math.max(...values)).toBe(1);
    const plain = await only([
      holding("c.weight_orig", [2, 2, 1, 2], w),
      holding("c.weight_u", [2], [1, 0]),
      holding("c.weight_v", [4], [0, 0, 1, 0]),
    ]);
    expect(Math.max(...plain.values)).toBe(1);
  });

  it("without a stored v takes the one of the next step of the power iteration", async () => {
    const v = Array.from({ length: COLS }, (_, j) => U.reduce((sum, u, i) => sum + u * W[i * COLS + j], 0));
    const image = Array.from({ length: ROWS }, (_, i) => v.reduce((sum, each, j) => sum + each * W[i * COLS + j], 0));
    const sigma = Math.hypot(...image) / Math.hypot(...v);
    const expected = close(W.map((value) => value / sigma));
    const old = await only([holding("m.weight_orig", [ROWS, COLS], W), holding("m.weight_u", [ROWS], U)]);
    expect(old.values).toEqual(expected);
    const biggan = await only([
      holding("m.weight", [ROWS, COLS], W),
      holding("m.u0", [1, ROWS], U),
      holding("m.sv0", [1], [3]),
    ]);
    expect(biggan.values).toEqual(expected);
  });

  it("is left out, as it was before it, where the file has the result too", () => {
    const { layers, skipped } = plan([
      counting("m.weight", [ROWS, COLS]),
      holding("m.weight_orig", [ROWS, COLS], W),
      holding("m.weight_u", [ROWS], U),
    ]);
    expect(layers.map(({ tensorName }) => tensorName)).toEqual(["m.weight"]);
    expect(skipped[0].reason).toMatch(/whose result m\.weight is in the file too/);
  });

  it("whose vectors do not fit is left out with the shapes", () => {
    const { layers, skipped } = plan([
      holding("m.weight_orig", [ROWS, COLS], W),
      counting("m.weight_u", [ROWS + 1]),
      counting("m.weight_v", [COLS]),
    ]);
    expect(layers).toEqual([]);
    expect(skipped[0].reason).toMatch(/do not fit: m\.weight_orig 4 x 6, m\.weight_u 5/);
  });
});

describe("a pruned weight", () => {
  it("is its values times its mask", async () => {
    const mask = W.map((_, k) => (k % 3 === 0 ? 0 : 1));
    const { layer, values, skipped } = await only([
      holding("m.weight_orig", [ROWS, COLS], W),
      { ...holding("m.weight_mask", [ROWS, COLS], mask), dtype: "BOOL", floating: false },
    ]);
    expect(layer.name).toBe("m");
    expect(values).toEqual(W.map((value, k) => value * mask[k]));
    expect(skipped.map(({ reason }) => reason)).toEqual(["the pruning mask of m.weight_orig, which is read with it"]);
  });

  it("that was pruned for good already is read, and neither its old values nor the mask", () => {
    const names = ["m.weight", "m.weight_orig", "m.weight_mask"];
    const { layers } = plan(names.map((name) => counting(name, [ROWS, COLS])));
    expect(layers.map(({ tensorName }) => tensorName)).toEqual(["m.weight"]);
  });

  it("whose mask has another shape is left out", () => {
    const { layers } = plan([counting("m.weight_orig", [4, 6]), counting("m.weight_mask", [6, 4])]);
    expect(layers.map(({ tensorName }) => tensorName)).not.toContain("m.weight_orig");
  });
});

describe("the raw parameter of another parametrisation", () => {
  it.each([
    ["an orthogonal one", ["m.parametrizations.weight.0.base"], /orthogonal parametrisation.*all singular values/],
    ["one without a state", [], /a parametrisation whose map is not in the file; its values are not the weights/],
    [
      "two maps, of which one is spectral",
      ["m.parametrizations.weight.0._u", "m.parametrizations.weight.0._v", "m.parametrizations.weight.1.mask"],
      /whose map is not in the file/,
    ],
  ])("is no layer: %s", (_, states, reason) => {
    const tensors = ["m.parametrizations.weight.original", ...states].map((name) => counting(name, [ROWS, ROWS]));
    const { layers, skipped } = plan(tensors);
    expect(layers).toEqual([]);
    expect(skipped[0].reason).toMatch(reason);
  });
});

function chunked(name: string, shape: readonly number[], values: readonly number[]): Pick<Tensor, "values"> {
  const places = counting(name, shape, { yields: 5 });
  return {
    async *values(range) {
      for await (const chunk of places.values(range)) yield Float32Array.from(chunk, (place) => values[place]);
    },
  };
}
