import { describe, expect, it } from "vitest";
import { counting, layerOf, matricesOf, matrix, plan } from "./tensors-in-memory.js";

describe("a convolution", () => {
  it("in PyTorch's order is one out x in matrix a kernel position, eigenvalues halved", async () => {
    const [out, inputs, height, width] = [8, 4, 3, 2];
    const layer = layerOf(counting("conv.weight", [out, inputs, height, width]));
    expect(layer).toMatchObject({
      type: "conv2d",
      N: 8,
      M: 4,
      Q: 2,
      rf: 6,
      eigenvalueScale: 0.5,
      transposed: false,
      notes: [],
    });
    const expected = Array.from({ length: 6 }, (_, k) => matrix(out, inputs, (o, i) => (o * inputs + i) * 6 + k));
    expect(await matricesOf(layer)).toEqual(expected);
  });

  it("in TensorFlow's order is one in x out matrix a kernel position", async () => {
    const layer = layerOf(counting("conv/kernel", [3, 2, 4, 8]));
    expect(layer).toMatchObject({ name: "conv", N: 8, M: 4, rf: 6, transposed: true });
    expect(layer.notes).toEqual(["kernel axes taken as height, width, in, out from the name"]);
    expect(await matricesOf(layer)).toEqual(
      Array.from({ length: 6 }, (_, k) => matrix(4, 8, (i, o) => (k * 4 + i) * 8 + o)),
    );
  });

  it.each(["conv2_d/w", "conv/weights", "conv/filter", "conv/kernel:0"])(
    "has TensorFlow's order under a name of TensorFlow, Haiku or Sonnet: %s",
    (name) => {
      // 35 positions, 5 inputs and 4 outputs; by shape alone it has 20 positions.
      expect(layerOf(counting(name, [7, 5, 5, 4]))).toMatchObject({ N: 5, M: 4, rf: 35, transposed: false });
    },
  );

  it.each(["conv1_d/w", "net/conv1_d_1/w", "conv/weights", "conv/kernel"])(
    "over one axis has TensorFlow's order under such a name: %s",
    (name) => {
      expect(layerOf(counting(name, [1, 18, 16]))).toMatchObject({ type: "conv1d", N: 18, M: 16, rf: 1 });
    },
  );

  it("under a name without TensorFlow's separator has PyTorch's order", () => {
    expect(layerOf(counting("conv2_d.w", [7, 5, 5, 4]))).toMatchObject({ N: 7, M: 5, rf: 20 });
    expect(layerOf(counting("conv1_d.w", [18, 16, 3]))).toMatchObject({ type: "conv1d", N: 18, M: 16, rf: 3 });
  });

  it("is no stack of matrices that a library calls w", () => {
    expect(plan([counting("mixture/w", [18, 40, 64])]).layers).toHaveLength(18);
  });

  it("of one input or output channel has no spectrum of slices, and flattened only where that is a matrix", () => {
    const [oneOut, oneIn] = [counting("conv.weight", [1, 20, 5, 5]), counting("conv.weight", [20, 1, 5, 5])];
    expect(plan([oneOut]).skipped[0].reason).toMatch(
      /one-channel.*a vector, not a matrix; flattened it is a vector too$/,
    );
    expect(plan([oneIn]).skipped[0].reason).toMatch(/one-channel.*a vector, not a matrix; --conv flatten analyses it$/);
    expect(layerOf(oneIn, { conv: "flatten" })).toMatchObject({ N: 25, M: 20, rf: 1 });
    expect(layerOf(oneOut, { conv: "flatten" })).toMatchObject({ N: 500, M: 1, rf: 1 });
    expect(layerOf(counting("conv.weight", [2, 20, 5, 5]))).toMatchObject({ N: 20, M: 2, rf: 25 });
  });

  it("in MLX's order is told by its shape", async () => {
    const layer = layerOf(counting("conv.weight", [40, 3, 3, 50]));
    expect(layer).toMatchObject({ N: 50, M: 40, rf: 9 });
    expect((await matricesOf(layer))[4]).toEqual(matrix(40, 50, (o, i) => (o * 9 + 4) * 50 + i));
  });

  it("flattened is out x (in * positions), eigenvalues as they are", async () => {
    const torch = layerOf(counting("conv.weight", [8, 4, 3, 3]), { conv: "flatten" });
    expect(torch).toMatchObject({ type: "conv2d", N: 36, M: 8, rf: 1, eigenvalueScale: 1 });
    expect(await matricesOf(torch)).toEqual([matrix(8, 36, (i, j) => i * 36 + j)]);
    const keras = layerOf(counting("conv/kernel", [3, 3, 4, 8]), { conv: "flatten" });
    expect(keras).toMatchObject({ N: 36, M: 8, rf: 1 });
  });

  it("of one position is still scaled as a convolution", () => {
    expect(layerOf(counting("conv.weight", [8, 4, 1, 1]))).toMatchObject({
      type: "conv2d",
      rf: 1,
      eigenvalueScale: 0.5,
      N: 8,
      M: 4,
    });
  });

  it.each([
    ["PyTorch's", counting("dw.weight", [64, 1, 3, 3])],
    ["Keras'", counting("dw/depthwise_kernel", [3, 3, 64, 1])],
    ["Keras' with a multiplier", counting("dw/depthwise_kernel", [3, 3, 64, 4])],
    ["a graph's", counting("w", [3, 3, 64, 2], { hints: { role: "depthwise-conv", kernelLayout: "hwio" } })],
  ])("that is depthwise (%s) is left out, or flattened to channels x positions", (_whose, tensor) => {
    expect(plan([tensor]).skipped[0].reason).toMatch(/depthwise.*--conv flatten/);
    expect(Math.min(layerOf(tensor, { conv: "flatten" }).N, layerOf(tensor, { conv: "flatten" }).M)).toBe(9);
  });

  it.each([
    [[16, 6, 5, 5], "oihw", 0],
    [[512, 256, 1, 1], "oihw", 0],
    [[64, 3, 7, 7], "oihw", 0],
    [[3, 3, 64, 128], "hwio", 1],
    [[7, 7, 3, 64], "hwio", 1],
    [[3, 3, 16, 16], "hwio", 1],
    [[16, 16, 3, 3], "oihw", 0],
    [[3, 3, 3, 3], "oihw", 0],
    [[5, 5, 3, 3], "oihw", 0],
  ] as const)("without a telling name, of shape %j, is taken as %s", (shape, order, notes) => {
    const layer = layerOf(counting("kernel_7", shape));
    const [a, b, c, d] = shape;
    expect([layer.rf, layer.source.rows, layer.source.cols]).toEqual(order === "oihw" ? [c * d, a, b] : [a * b, c, d]);
    expect(layer.notes.length).toBe(notes);
  });

  it("follows the file's graph against the name", () => {
    expect(
      layerOf(counting("a.weight", [3, 3, 40, 50], { hints: { role: "conv", kernelLayout: "hwio" } })),
    ).toMatchObject({
      rf: 9,
      N: 50,
      M: 40,
      notes: [],
    });
  });

  it("over one axis is conv1d, in PyTorch's order and in Keras'", async () => {
    const torch = layerOf(counting("conv1.weight", [8, 6, 3]));
    expect(torch).toMatchObject({ type: "conv1d", N: 8, M: 6, rf: 3, eigenvalueScale: 0.5 });
    expect((await matricesOf(torch))[2]).toEqual(matrix(8, 6, (o, i) => (o * 6 + i) * 3 + 2));
    const keras = layerOf(counting("conv1/kernel", [3, 6, 8]));
    expect(keras).toMatchObject({ type: "conv1d", N: 8, M: 6, rf: 3 });
    expect((await matricesOf(keras))[2]).toEqual(matrix(6, 8, (i, o) => (2 * 6 + i) * 8 + o));
    expect(layerOf(counting("pos_conv_embed.conv.weight_v", [1024, 64, 128])).rf).toBe(128);
  });

  it("over three axes is conv3d, in either order", () => {
    expect(layerOf(counting("c.weight", [8, 6, 3, 3, 3]))).toMatchObject({ type: "conv3d", N: 8, M: 6, rf: 27 });
    expect(layerOf(counting("c/kernel", [3, 3, 3, 6, 8]))).toMatchObject({ type: "conv3d", N: 8, M: 6, rf: 27 });
  });

  it("in TFLite's order is one out x in matrix a kernel position, over any number of axes", async () => {
    const hints = { role: "conv", kernelLayout: "ohwi" } as const;
    const layer = layerOf(counting("w", [8, 3, 2, 4], { hints }));
    expect(layer).toMatchObject({ type: "conv2d", N: 8, M: 4, rf: 6, notes: [] });
    expect((await matricesOf(layer))[5]).toEqual(matrix(8, 4, (o, i) => (o * 6 + 5) * 4 + i));
    expect(layerOf(counting("w", [8, 3, 4], { hints }))).toMatchObject({ type: "conv1d", N: 8, M: 4, rf: 3 });
    expect(await matricesOf(layerOf(counting("w", [8, 3, 2, 4], { hints }), { conv: "flatten" }))).toEqual([
      matrix(8, 24, (o, k) => o * 24 + k),
    ]);
  });

  it("that is depthwise in TFLite's order is left out, or flattened to positions x channels", async () => {
    const tensor = counting("w", [1, 3, 3, 16], { hints: { role: "depthwise-conv", kernelLayout: "1hwo" } });
    expect(plan([tensor]).skipped[0].reason).toMatch(/depthwise.*--conv flatten/);
    expect(await matricesOf(layerOf(tensor, { conv: "flatten" }))).toEqual([matrix(9, 16, (k, c) => k * 16 + c)]);
  });
});
