import { describe, expect, it } from "vitest";
import { planLayers } from "#eigenscope/layers/index.js";
import { matricesOf } from "../layers/tensors-in-memory.js";
import { spectrumOf } from "../spectrum-of.js";
import { type Field, f32, node, onnxOf, tensor } from "./build-onnx.js";
import { openOne } from "./files-in-memory.js";

const EVERYTHING = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 } as const;
const INT8 = 3;
const INT64 = 7;

/** g = lambda n, m, s: ((k*k*31 + k*17 + s*101) % 65521) % m, with k = np.arange(n, dtype=np.int64) */
const g = (count: number, below: number, seed: number): number[] =>
  Array.from({ length: count }, (_, k) => ((k * k * 31 + k * 17 + seed * 101) % 65521) % below);
/** w = (g(768, 101, 3) - 50)/64, stored as [16, 4, 4, 3] */
const weight = tensor("w", [16, 4, 4, 3], { raw: f32(...g(768, 101, 3).map((k) => (k - 50) / 64)) });
const sides = (...values: number[]): Field[] =>
  tensor("sides", [values.length], {
    type: INT64,
    raw: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
  });

async function planned(nodes: Field[][], initializers: Field[][]) {
  return planLayers(await openOne("m.onnx", onnxOf({ nodes, initializers })), EVERYTHING);
}

async function lambdaMax({ layers }: Awaited<ReturnType<typeof planned>>): Promise<number> {
  const [matrix] = await matricesOf(layers[0]);
  const { eigenvalues } = spectrumOf(Float64Array.from(matrix.flat()), { N: matrix.length, M: matrix[0].length });
  return eigenvalues[eigenvalues.length - 1];
}

describe("a weight that the graph reshapes before a product", () => {
  const reshape = (then: Field[], attributes = {}) => [node("Reshape", ["w", "sides"], ["m"], { attributes }), then];
  const product = node("MatMul", ["x", "m"], ["y"]);

  it("is the matrix of the product, not a kernel by its stored shape (CNTK's MNIST network)", async () => {
    const plan = await planned(reshape(product), [weight, sides(256, 3)]);
    expect(plan.layers).toMatchObject([{ name: "w", type: "dense", N: 256, M: 3, rf: 1, eigenvalueScale: 1 }]);
    // np.linalg.svd(w.reshape(256, 3), compute_uv=False)[0]**2; some 1e4 eps for the solver.
    expect(Math.abs((await lambdaMax(plan)) / 62.78462668276123 - 1)).toBeLessThan(1e-12);
  });

  it.each<[string, number[], object, number[]]>([
    ["0 keeps a side, -1 is what is left", [0, -1], {}, [16, 48]],
    ["-1 may come first", [-1, 3], {}, [256, 3]],
    ["an axis of 1 beside them stays", [1, 64, 12], {}, [1, 64, 12]],
  ])("has the sides that ONNX gives it: %s", async (_, wanted, attributes, shape) => {
    const { layers } = await planned(reshape(product, attributes), [weight, sides(...wanted)]);
    expect(layers[0]).toMatchObject({ type: "dense", rf: 1 });
    expect(layers[0].shape).toEqual(shape);
  });

  it.each<[string, number[], object]>([
    ["sides of another number of elements", [256, 4], {}],
    ["-1 beside a side that does not divide", [7, -1], {}],
    ["0 where it is a side of no elements", [0, 48], { allowzero: 1 }],
    ["0 at an axis that is not there", [768, 1, 1, 1, 0], {}],
  ])("is refused if they do not fit: %s", async (_, wanted, attributes) => {
    const { layers, skipped } = await planned(reshape(product, attributes), [weight, sides(...wanted)]);
    expect(layers).toEqual([]);
    expect(skipped.find(({ name }) => name === "w")?.reason).toMatch(/reshapes it to sides that the file does not/);
  });

  it("is refused if the sides are computed when the model runs", async () => {
    const { layers, skipped } = await planned(reshape(product), [weight]);
    expect(layers).toEqual([]);
    expect(skipped.find(({ name }) => name === "w")?.reason).toMatch(/reshapes it to sides that the file does not/);
  });

  it("is no weight if nothing multiplies by it, whatever its sides", async () => {
    const { layers, skipped } = await planned(reshape(node("Add", ["x", "m"], ["y"])), [weight]);
    expect(layers).toEqual([]);
    expect(skipped.find(({ name }) => name === "w")?.reason).toMatch(/^feeds only Add: no matrix product/);
  });

  it("keeps its stored shape if only axes of 1 come and go", async () => {
    const flat = tensor("w", [16, 48], { raw: f32(...g(768, 101, 3)) });
    const { layers } = await planned(reshape(product), [flat, sides(1, 16, 48)]);
    expect(layers[0]).toMatchObject({ type: "dense", shape: [16, 48] });
  });

  it.each([
    [{}, [16, 48]],
    [{ axis: 2 }, [64, 12]],
    [{ axis: -1 }, [256, 3]],
    [{ axis: 0 }, [1, 768]],
  ])("is flattened at an axis: %o", async (attributes, shape) => {
    const { layers } = await planned([node("Flatten", ["w"], ["m"], { attributes }), product], [weight]);
    expect(layers[0]).toMatchObject({ type: "dense", shape });
  });

  it("may be transposed afterwards, which only turns its matrix", async () => {
    const nodes = [...reshape(node("Transpose", ["m"], ["t"])), node("MatMul", ["x", "t"], ["y"])];
    const plan = await planned(nodes, [weight, sides(256, 3)]);
    expect(plan.layers[0]).toMatchObject({ type: "dense", shape: [256, 3] });
    expect(Math.abs((await lambdaMax(plan)) / 62.78462668276123 - 1)).toBeLessThan(1e-12);
  });

  it("is refused if it was transposed first: its matrix is in another order than stored", async () => {
    const transposed = node("Transpose", ["w"], ["t"], { attributes: { perm: [2, 3, 1, 0] } });
    const nodes = [transposed, node("Reshape", ["t", "sides"], ["m"]), product];
    const { layers, skipped } = await planned(nodes, [weight, sides(48, 16)]);
    expect(layers).toEqual([]);
    expect(skipped.find(({ name }) => name === "w")?.reason).toMatch(/transposes it and then makes it 48 x 16/);
  });

  it("is dequantised before: codes come in stored order", async () => {
    // q = g(768, 255, 5) - 128; s = (g(16, 15, 1) + 1)/64; (q.reshape(16, 48) * s[:, None]).reshape(256, 3)
    const codes = tensor("w", [16, 4, 4, 3], {
      type: INT8,
      raw: new Uint8Array(Int8Array.from(g(768, 255, 5), (k) => k - 128).buffer),
    });
    const scales = tensor("s", [16], { raw: f32(...g(16, 15, 1).map((k) => (k + 1) / 64)) });
    const nodes = [
      node("DequantizeLinear", ["w", "s"], ["d"], { attributes: { axis: 0 } }),
      node("Reshape", ["d", "sides"], ["m"]),
      product,
    ];
    const plan = await planned(nodes, [codes, scales, sides(256, 3)]);
    expect(plan.layers).toMatchObject([{ name: "w", type: "dense", N: 256, M: 3, rf: 1, quantised: true }]);
    // Products of 8 bits and 4 bits over 64 are exact in singles.
    expect(Math.abs((await lambdaMax(plan)) / 47589.07896611507 - 1)).toBeLessThan(1e-12);
  });
});
