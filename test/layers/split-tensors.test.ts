import { describe, expect, it } from "vitest";
import { counting, layerOf, matricesOf, matrix, plan } from "./tensors-in-memory.js";

const names = (tensors: Parameters<typeof plan>[0]): string[] => plan(tensors).layers.map(({ name }) => name);

describe("a recurrent cell", () => {
  it("of PyTorch's LSTM gives each gate's rows: i, f, g, o", async () => {
    const [hidden, inputs] = [5, 7];
    const tensors = [
      counting("lstm.weight_ih_l0", [4 * hidden, inputs]),
      counting("lstm.weight_hh_l0", [4 * hidden, hidden]),
    ];
    const { layers } = plan(tensors);
    expect(layers.map(({ name }) => name)).toEqual(
      ["ih", "hh"].flatMap((which) => ["i", "f", "g", "o"].map((gate) => `lstm.weight_${which}_l0[${gate}]`)),
    );
    expect(layers[2]).toMatchObject({
      type: "recurrent",
      shape: [hidden, inputs],
      index: 2,
      tensorName: "lstm.weight_ih_l0",
    });
    expect(await matricesOf(layers[2])).toEqual([matrix(hidden, inputs, (i, j) => (2 * hidden + i) * inputs + j)]);
  });

  it("of PyTorch's GRU gives r, z, n, also backwards; a plain RNN stays whole", () => {
    expect(names([counting("g.weight_ih_l1_reverse", [9, 4]), counting("g.weight_hh_l1_reverse", [9, 3])])).toEqual(
      ["ih", "hh"].flatMap((which) => ["r", "z", "n"].map((gate) => `g.weight_${which}_l1_reverse[${gate}]`)),
    );
    expect(names([counting("r.weight_ih_l0", [6, 4]), counting("r.weight_hh_l0", [6, 6])])).toEqual([
      "r.weight_ih_l0",
      "r.weight_hh_l0",
    ]);
    expect(layerOf(counting("r.weight_hh_l0", [6, 6])).type).toBe("recurrent");
  });

  it("of Keras gives each gate's columns: i, f, c, o of an LSTM, z, r, h of a GRU", async () => {
    const [hidden, inputs] = [5, 7];
    const { layers } = plan([
      counting("lstm/cell/kernel", [inputs, 4 * hidden]),
      counting("lstm/cell/recurrent_kernel", [hidden, 4 * hidden]),
    ]);
    expect(layers.map(({ name }) => name)).toEqual(
      ["", "/recurrent_kernel"].flatMap((leaf) => ["i", "f", "c", "o"].map((gate) => `lstm/cell${leaf}[${gate}]`)),
    );
    expect(layers[3]).toMatchObject({ type: "recurrent", shape: [inputs, hidden] });
    expect(await matricesOf(layers[3])).toEqual([matrix(inputs, hidden, (i, j) => i * 4 * hidden + 3 * hidden + j)]);
    expect(names([counting("gru/recurrent_kernel", [5, 15])])).toEqual(
      ["z", "r", "h"].map((gate) => `gru/recurrent_kernel[${gate}]`),
    );
  });

  it("whose gates the file's graph names is split as it says, along rows or columns, by direction", async () => {
    const gates = { along: "rows", names: ["i", "o", "f", "c"] } as const;
    const { layers } = plan([counting("W", [2, 20, 7], { hints: { role: "recurrent", gates } })]);
    expect(layers.map(({ name }) => name)).toEqual(
      ["forward", "reverse"].flatMap((way) => ["i", "o", "f", "c"].map((gate) => `W[${way}][${gate}]`)),
    );
    expect(await matricesOf(layers[6])).toEqual([matrix(5, 7, (i, j) => 140 + (10 + i) * 7 + j)]);
    const columns = plan([
      counting("W", [1, 7, 15], {
        hints: { role: "recurrent", gates: { along: "columns", names: ["z", "r", "h"] } },
      }),
    ]).layers;
    expect(columns.map(({ name }) => name)).toEqual(["W[z]", "W[r]", "W[h]"]);
    expect(await matricesOf(columns[1])).toEqual([matrix(7, 5, (i, j) => i * 15 + 5 + j)]);
    expect(
      names([counting("W", [1, 5, 7], { hints: { role: "recurrent", gates: { along: "rows", names: [] } } })]),
    ).toEqual(["W"]);
  });

  it("needs its recurrent matrix: a lone kernel is dense", () => {
    expect(layerOf(counting("fc/kernel", [5, 20]))).toMatchObject({ type: "dense", name: "fc" });
  });
});

describe("three axes", () => {
  it("that the file's graph takes as matrices are a stack of them, or one behind a leading axis of 1", () => {
    const hints = { role: "dense", denseLayout: "in-out" } as const;
    expect(names([counting("w", [3, 4, 5], { hints })])).toEqual(["w[0]", "w[1]", "w[2]"]);
    expect(layerOf(counting("w", [1, 4, 5], { hints }))).toMatchObject({ name: "w", type: "dense", N: 5, M: 4 });
    expect(layerOf(counting("w", [1, 4, 5], { hints: { role: "embedding" } }))).toMatchObject({ type: "embedding" });
  });

  it("called experts are one layer each", async () => {
    const { layers } = plan([counting("mlp.experts.gate_up", [3, 4, 5])]);
    expect(layers.map(({ name, type, index }) => [name, type, index])).toEqual(
      [0, 1, 2].map((k) => [`mlp.experts.gate_up[${k}]`, "experts", k]),
    );
    expect(layers[1]).toMatchObject({ shape: [4, 5], N: 5, M: 4, rf: 1, eigenvalueScale: 1 });
    expect(await matricesOf(layers[1])).toEqual([matrix(4, 5, (i, j) => 20 + i * 5 + j)]);
  });

  it("without a telling name are a stack, with a note, or a kernel where the last is short", () => {
    expect(plan([counting("w", [8, 64, 96])]).layers[0]).toMatchObject({
      type: "experts",
      notes: ["read as a stack of 8 matrices of 64 x 96"],
    });
    expect(layerOf(counting("w", [64, 96, 5]))).toMatchObject({
      type: "conv1d",
      rf: 5,
      notes: [expect.stringContaining("from the shape")],
    });
  });

  it("with an axis of heads are one projection", async () => {
    const query = layerOf(counting("attention/query/kernel", [6, 2, 4]));
    expect(query).toMatchObject({ type: "dense", N: 8, M: 6, notes: [expect.stringContaining("axis of heads")] });
    expect(layerOf(counting("attention/attention_output/kernel", [2, 4, 6]))).toMatchObject({
      type: "dense",
      N: 8,
      M: 6,
    });
  });

  it("with a leading 1 and a name of positions are a table", () => {
    expect(layerOf(counting("pos_embed", [1, 197, 64]))).toMatchObject({ type: "embedding", N: 197, M: 64 });
  });
});
