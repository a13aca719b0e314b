import { describe, expect, it } from "vitest";
import { planLayers } from "#eigenscope/layers/index.js";
import { matricesOf } from "../layers/tensors-in-memory.js";
import { spectrumOf } from "../spectrum-of.js";
import { type Field, f32, graph, node, ones, onnxOf, tensor } from "./build-onnx.js";
import { scrambled } from "./build-quantised.js";
import { openOne, tensorNamed, valuesOf } from "./files-in-memory.js";

const EVERYTHING = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 } as const;
const MICROSOFT = { domain: "com.microsoft" } as const;

/** g = lambda n, m, s=0: ((k*k*31 + k*17 + s*101) % 65521) % m, with k = np.arange(n, dtype=np.int64) */
const g = (count: number, below: number, seed: number): number[] =>
  Array.from({ length: count }, (_, k) => ((k * k * 31 + k * 17 + seed * 101) % 65521) % below);
/** w = (g(16*48, 101, 3) - 50)/64 */
const weight = g(16 * 48, 101, 3).map((k) => (k - 50) / 64);
const floats = (name: string, dims: number[], values: readonly number[]): Field[] =>
  tensor(name, dims, { raw: f32(...values) });

async function layersOf(nodes: Field[][], initializers: Field[][], ...extra: Field[]) {
  const file = await openOne("m.onnx", onnxOf({ nodes, initializers }, ...extra));
  return planLayers(file, EVERYTHING);
}

async function largest(layers: Awaited<ReturnType<typeof layersOf>>["layers"]): Promise<[string, number][]> {
  return Promise.all(
    layers.map(async (layer): Promise<[string, number]> => {
      const [matrix] = await matricesOf(layer);
      const { eigenvalues } = spectrumOf(Float64Array.from(matrix.flat()), { N: matrix.length, M: matrix[0].length });
      return [layer.name, eigenvalues[eigenvalues.length - 1]];
    }),
  );
}

/** Entries are exact in f32, so only the eigensolver rounds: 1e-12 is some thousand eps. */
function expectClose(found: [string, number][], expected: [string, number][]): void {
  expect(found.map(([name]) => name)).toEqual(expected.map(([name]) => name));
  for (const [k, [, value]] of found.entries()) expect(Math.abs(value / expected[k][1] - 1)).toBeLessThan(1e-12);
}

describe("ONNX Runtime's attention", () => {
  it("is split into queries, keys and values, whose largest eigenvalues are numpy's", async () => {
    // W = w.reshape(16, 48); W[:, 16:32] *= 4; W[:, 32:] *= 0.25
    // [np.linalg.svd(W[:, 16*k:16*k+16], compute_uv=False)[0]**2 for k in range(3)]
    const scaled = weight.map((value, k) => value * [1, 4, 0.25][Math.floor((k % 48) / 16)]);
    const { layers } = await layersOf(
      [node("Attention", ["x", "w", "b"], ["y"], { ...MICROSOFT, attributes: { num_heads: 4 } })],
      [floats("w", [16, 48], scaled)],
    );
    expectClose(await largest(layers), [
      ["w[q]", 9.609019163409004],
      ["w[k]", 202.28718236323886],
      ["w[v]", 0.7636496206070438],
    ]);
  });

  it("has parts of the sizes that qkv_hidden_sizes tells, and stays whole if they do not add up", async () => {
    const shapes = async (sizes: number[]) => {
      const { layers } = await layersOf(
        [node("Attention", ["x", "w"], ["y"], { ...MICROSOFT, attributes: { qkv_hidden_sizes: sizes } })],
        [floats("w", [16, 48], weight)],
      );
      return layers.map(({ name, shape }) => [name, ...shape]);
    };
    expect(await shapes([12, 12, 24])).toEqual([
      ["w[q]", 16, 12],
      ["w[k]", 16, 12],
      ["w[v]", 16, 24],
    ]);
    expect(await shapes([12, 12, 12])).toEqual([["w", 16, 48]]);
  });

  it("takes packed projections by head from the product before MultiHeadAttention", async () => {
    // P = w.reshape(16, 2, 3, 8)  (in, heads, 3, size)
    // [np.linalg.svd(P[:, :, k].reshape(16, 16), compute_uv=False)[0]**2 for k in range(3)]
    const { layers } = await layersOf(
      [
        node("MatMul", ["x", "w"], ["p"]),
        node("Reshape", ["p", "shape"], ["packed"]),
        node("MultiHeadAttention", ["packed"], ["y"], { ...MICROSOFT, attributes: { num_heads: 2 } }),
      ],
      [floats("w", [16, 48], weight)],
    );
    expectClose(await largest(layers), [
      ["w[q]", 11.372809360107638],
      ["w[k]", 12.434960259315174],
      ["w[v]", 15.425279577128697],
    ]);
  });

  it("takes packed keys and values by head, and leaves a query's own matrix whole", async () => {
    const { layers } = await layersOf(
      [
        node("MatMul", ["x", "q"], ["a"]),
        node("MatMul", ["x", "kv"], ["b"]),
        node("MultiHeadAttention", ["a", "b"], ["y"], { ...MICROSOFT, attributes: { num_heads: 2 } }),
      ],
      [ones("q", 16, 24), floats("kv", [16, 48], weight)],
    );
    expect(layers.map(({ name, shape }) => [name, ...shape])).toEqual([
      ["q", 16, 24],
      ["kv[k]", 16, 24],
      ["kv[v]", 16, 24],
    ]);
    const [keys] = await matricesOf(layers[1]);
    // Heads of 12 columns: 0 to 11 are the first head's key, 24 to 35 the second's.
    expect(keys[3]).toEqual([...weight.slice(3 * 48, 3 * 48 + 12), ...weight.slice(3 * 48 + 24, 3 * 48 + 36)]);
  });

  it("of grouped queries has keys and values of fewer heads, in order, in a transposed product too", async () => {
    const { layers } = await layersOf(
      [
        node("Gemm", ["x", "w"], ["p"], { attributes: { transB: 1 } }),
        node("GroupQueryAttention", ["p", "", ""], ["y"], {
          ...MICROSOFT,
          attributes: { num_heads: 4, kv_num_heads: 1 },
        }),
      ],
      [floats("w", [48, 16], weight)],
    );
    expect(layers.map(({ name, shape }) => [name, ...shape])).toEqual([
      ["w[q]", 32, 16],
      ["w[k]", 8, 16],
      ["w[v]", 8, 16],
    ]);
  });
});

describe("a graph with graphs inside", () => {
  const hints = async (nodes: Field[][], initializers: Field[][], ...extra: Field[]) => {
    const file = await openOne("m.onnx", onnxOf({ nodes, initializers }, ...extra));
    return Object.fromEntries(file.tensors.map((each) => [each.name, each.hints]));
  };
  const input = (name: string): Field => [11, [[1, name]]];

  it("follows weights into the bodies of Loop and Scan that take them as inputs, and finds those inside", async () => {
    const body = graph({
      nodes: [
        node("Gemm", ["carried", "w"], ["o"], { attributes: { transB: 1 } }),
        node("MatMul", ["o", "own"], ["p"]),
      ],
      initializers: [ones("own", 3, 4)],
      extra: [input("i"), input("cond"), input("carried"), input("w")],
    });
    const scanned = graph({
      nodes: [node("MatMul", ["state", "m"], ["r"])],
      extra: [input("state"), input("m")],
    });
    const found = await hints(
      [
        node("Loop", ["n", "c", "x", "looped"], ["y"], { name: "loop", attributes: { body: { graph: body } } }),
        node("Scan", ["y", "scanned"], ["z"], { name: "scan", attributes: { body: { graph: scanned } } }),
      ],
      [ones("looped", 3, 4), ones("scanned", 4, 4)],
    );
    expect(found).toEqual({
      looped: { role: "dense", denseLayout: "out-in" },
      "loop/body/own": { role: "dense", denseLayout: "in-out" },
      scanned: { role: "dense", denseLayout: "in-out" },
    });
  });

  const functionOf = (name: string, inputs: string[], nodes: Field[][]): Field => [
    25,
    [[1, name], ...inputs.map((each): Field => [4, each]), ...nodes.map((each): Field => [7, each]), [10, "local"]],
  ];

  it("follows weights into local functions, also those that call others, in any order", async () => {
    const found = await hints(
      [
        node("Block", ["x", "a", "b"], ["y"], { domain: "local" }),
        node("Block", ["y", "c", "b"], ["z"], { domain: "local" }),
        node("Block", ["z", "a", "d"], ["u"], { domain: "elsewhere" }),
      ],
      [ones("a", 3, 4), ones("b", 3), ones("c", 3, 4), ones("d", 4, 4)],
      functionOf("Block", ["x", "w", "bias"], [node("Linear", ["x", "w", "bias"], ["o"], { domain: "local" })]),
      functionOf(
        "Linear",
        ["x", "w", "bias"],
        [node("Transpose", ["w"], ["t"], { attributes: { perm: [1, 0] } }), node("Gemm", ["x", "t", "bias"], ["o"])],
      ),
    );
    expect(found.a).toEqual({ role: "dense", denseLayout: "out-in" });
    expect(found.c).toEqual({ role: "dense", denseLayout: "out-in" });
    expect(found.b).toEqual({ role: "bias" });
    expect(found.d).toBeUndefined();
  });

  it("with functions that call each other in a circle is read all the same", async () => {
    const found = await hints(
      [node("A", ["w"], ["y"], { domain: "local" })],
      [ones("w", 3, 4)],
      functionOf("A", ["v"], [node("B", ["v"], ["o"], { domain: "local" })]),
      functionOf("B", ["v"], [node("A", ["v"], ["o"], { domain: "local" }), node("MatMul", ["x", "v"], ["p"])]),
    );
    expect(found.w).toMatchObject({ role: "dense" });
  });

  it("has weights in Constant nodes only where a product or convolution takes them", async () => {
    const constant = (name: string, ...dims: number[]) =>
      node("Constant", [], [name], { attributes: { value: { tensor: ones("", ...dims) } } });
    const { layers, skipped } = await layersOf(
      [
        ...[constant("product", 12, 12), constant("kernel", 12, 12, 3, 3), constant("looked", 12, 12)],
        ...[
          constant("added", 12, 12),
          constant("custom", 12, 12),
          constant("summed", 12, 12),
          constant("idle", 12, 12),
        ],
        node("MatMul", ["x", "product"], ["a"]),
        node("Conv", ["x", "kernel"], ["b"]),
        node("Gather", ["looked", "ids"], ["c"]),
        node("Add", ["x", "added"], ["d"]),
        node("Special", ["x", "custom"], ["e"], { domain: "vendor" }),
        node("Einsum", ["x", "summed"], ["f"]),
      ],
      [],
    );
    expect(layers.map(({ name }) => name)).toEqual(["product", "kernel", "summed"]);
    expect(Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      looked: "a Constant of the graph that no product or convolution takes (Gather), so not a weight matrix",
      added: "a Constant of the graph that no product or convolution takes (Add), so not a weight matrix",
      custom: "a Constant of the graph that no product or convolution takes (Special), so not a weight matrix",
      idle: "a Constant of the graph that no product or convolution takes, so not a weight matrix",
    });
  });

  it("lists a Constant of one row that a convolution takes, but none that is added, and no vector", async () => {
    const constant = (name: string, ...dims: number[]) =>
      node("Constant", [], [name], { attributes: { value: { tensor: ones("", ...dims) } } });
    const { skipped } = await layersOf(
      [
        ...[constant("row", 1, 12, 1), constant("added", 1, 12, 1), constant("bias", 1), constant("vector", 12)],
        node("Conv", ["x", "row", "bias"], ["a"]),
        node("Add", ["x", "added"], ["b"]),
        node("MatMul", ["x", "vector"], ["c"]),
      ],
      [],
    );
    expect(skipped.map(({ name, shape }) => [name, shape])).toEqual([["row", [1, 12, 1]]]);
  });
});

describe("codes that ONNX Runtime's operators take", () => {
  const bytes = (name: string, dims: number[], values: readonly number[]): Field[] =>
    tensor(name, dims, { type: 2, raw: Uint8Array.from(values) });

  it.each([
    ["fp4", 0, [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4]],
    ["nf4", 1, undefined],
  ])("are read from MatMulBnb4 of %s: the first of two codes in the upper half", async (kind, type, positive) => {
    const NF4 = [
      ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635],
      ...[-0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634],
      ...[0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
    ];
    const levels = positive === undefined ? NF4 : [...positive, ...positive.map((value) => -value)];
    const [rows, cols, block] = [5, 12, 16];
    const codes = scrambled(rows * cols, 16);
    const scale = [0.5, 2, 0.25, 1];
    const packed = Array.from({ length: 30 }, (_, k) => (codes[2 * k] << 4) | codes[2 * k + 1]);
    const attributes = { K: cols, N: rows, block_size: block, quant_type: type };
    const file = await openOne(
      "m.onnx",
      onnxOf({
        nodes: [node("MatMulBnb4", ["x", "w", "s"], ["y"], { ...MICROSOFT, attributes })],
        initializers: [bytes("w", [30], packed), floats("s", [4], scale)],
      }),
    );
    const found = tensorNamed(file, "w");
    expect(found).toMatchObject({ shape: [5, 12], dtype: `bnb-${kind}`, quantised: true, storedBits: 4 });
    expect(found.hints).toMatchObject({ role: "dense", denseLayout: "out-in" });
    const expected = codes.map((code, k) => Math.fround(Math.fround(levels[code]) * scale[Math.floor(k / block)]));
    expect(await valuesOf(found)).toEqual(expected);
    expect(await valuesOf(found, { from: 7, to: 31 })).toEqual(expected.slice(7, 31));
    expect(planLayers(file, EVERYTHING).layers.map(({ name }) => name)).toEqual(["w"]);
  });

  it("are left out with a warning where MatMulBnb4's numbers do not fit", async () => {
    const attributes = { K: 12, N: 5, block_size: 16, quant_type: 1 };
    const file = await openOne(
      "m.onnx",
      onnxOf({
        nodes: [node("MatMulBnb4", ["x", "w", "s"], ["y"], { ...MICROSOFT, attributes })],
        initializers: [bytes("w", [30], new Array(30).fill(1)), floats("s", [3], [1, 2, 3])],
      }),
    );
    expect(file.warnings.join()).toMatch(/codes of w have scales that this version cannot determine/);
    expect(planLayers(file, EVERYTHING).layers).toEqual([]);
  });

  it.each([2, 4, 8])("are read from GatherBlockQuantized's bytes of %i bits, with packed zero points", async (bits) => {
    const [rows, cols, block] = [3, 48, 16];
    const per = 8 / bits;
    const codes = scrambled(rows * cols, 2 ** bits);
    const zeros = scrambled(rows * 3, 2 ** bits, 5);
    const scale = [0.5, 2, 0.25, 1, 4, 8, 0.125, 3, 5];
    const pack = (values: readonly number[]): number[] =>
      Array.from({ length: Math.ceil(values.length / per) }, (_, k) =>
        Array.from({ length: per }, (_, b) => (values[k * per + b] ?? 0) << (bits * b)).reduce((a, b) => a | b, 0),
      );
    const zeroBytes = [0, 1, 2].flatMap((row) => pack(zeros.slice(3 * row, 3 * row + 3)));
    const file = await openOne(
      "m.onnx",
      onnxOf({
        nodes: [
          node("GatherBlockQuantized", ["w", "ids", "s", "z"], ["y"], {
            ...MICROSOFT,
            attributes: { bits, block_size: block, gather_axis: 0, quantize_axis: 1 },
          }),
        ],
        initializers: [
          bytes("w", [rows, cols / per], pack(codes)),
          floats("s", [3, 3], scale),
          bytes("z", [3, zeroBytes.length / 3], zeroBytes),
        ],
      }),
    );
    const table = tensorNamed(file, "w");
    expect(table).toMatchObject({ shape: [rows, cols], quantised: true, hints: { role: "embedding" } });
    const group = (k: number): number => 3 * Math.floor(k / cols) + Math.floor((k % cols) / block);
    expect(await valuesOf(table)).toEqual(codes.map((code, k) => (code - zeros[group(k)]) * scale[group(k)]));
  });
});
