import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ByteSource, openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { localFiles } from "#eigenscope/node/file-set.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import {
  EXTERNAL,
  external,
  type Field,
  f32,
  type GraphParts,
  graph,
  message,
  node,
  ones,
  onnxOf,
  tensor,
  varint,
} from "./build-onnx.js";
import { concat, filesInMemory, fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const open = (parts: GraphParts) => openOne("model.onnx", onnxOf(parts));
const hintsOf = async (parts: GraphParts) =>
  Object.fromEntries((await open(parts)).tensors.map(({ name, hints }) => [name, hints]));

describe("an ONNX model", () => {
  it("gives every typed field's elements, as onnx itself wrote them", async () => {
    const file = await openOne("typed.onnx", fixture("typed.onnx"));
    const of = (name: string) => valuesOf(tensorNamed(file, name));
    const values = [0.5, -1.5, 2, 3.25, -0.125, 100];
    for (const name of ["f32", "f64", "f16"]) expect(await of(name)).toEqual(values);
    expect(await of("bf16")).toEqual([0.5, -1.5, 2, 3.25, -0.125, 100]);
    expect(await of("f8")).toEqual([0.5, -1.5, 2, 3.25, -0.125, 96]);
    expect(await of("i8")).toEqual([-128, -1, 0, 1, 127, 5]);
    expect(await of("u8")).toEqual([0, 1, 255, 128, 3, 4]);
    expect(await of("i4")).toEqual([-8, 7, 0, 1, -1]);
    expect(await of("i16")).toEqual([-32768, 32767]);
    expect(await of("u16")).toEqual([65535, 1]);
    expect(await of("i32")).toEqual([-(2 ** 31), 2 ** 31 - 1, 7]);
    expect(await of("i64")).toEqual([-(2 ** 53), 2 ** 53, -1]);
    expect(await of("u32")).toEqual([2 ** 32 - 1, 0]);
    expect(await of("u64")).toEqual([2 ** 53, 2 ** 63]);
    expect(await of("bool")).toEqual([1, 0, 1]);
    expect((await refusal(of("text"))).message).toMatch(/elements are string/);
    // Backwards and in pieces: a run of variable length can only be read from its beginning.
    expect(await valuesOf(tensorNamed(file, "f16"), { from: 4, chunk: 1 })).toEqual([-0.125, 100]);
    expect(await valuesOf(tensorNamed(file, "f16"), { from: 1, to: 3 })).toEqual([-1.5, 2]);
    expect(file.tensors.filter(({ floating }) => floating).map(({ name }) => name)).toEqual([
      "f32",
      "f64",
      "f16",
      "bf16",
      "f8",
    ]);
  });

  it("tells roles and axes from the operators that take the weights", async () => {
    const nodes = [
      node("Gemm", ["x", "gemmT", "bias"], ["a"], { attributes: { transB: 1 } }),
      node("Gemm", ["x", "gemm"], ["b"]),
      node("MatMul", ["x", "matmul"], ["c"]),
      node("MatMul", ["left", "x"], ["d"]),
      node("Conv", ["x", "conv"], ["e"]),
      node("Conv", ["x", "depthwise"], ["f"], { attributes: { group: 8 } }),
      node("Conv", ["x", "grouped"], ["f2"], { attributes: { group: 4 } }),
      node("ConvTranspose", ["x", "deconv"], ["g"]),
      node("Gather", ["table", "ids"], ["h"]),
      node("LayerNormalization", ["x", "gamma", "beta"], ["i"]),
      node("Attention", ["x", "qkv"], ["j"], { domain: "com.microsoft" }),
      node("Cast", ["far"], ["far1"]),
      node("Transpose", ["far1"], ["far2"], { attributes: { perm: [1, 0] } }),
      node("MatMul", ["x", "far2"], ["k"]),
      node("Transpose", ["hwio"], ["hwio1"], { attributes: { perm: [3, 2, 0, 1] } }),
      node("Conv", ["x", "hwio1"], ["l"]),
      node("Identity", ["loop"], ["loop"]),
    ];
    const shapes: Record<string, number[]> = {
      ...{
        gemmT: [3, 4],
        bias: [3],
        gemm: [4, 3],
        matmul: [4, 3],
        left: [3, 4],
        conv: [8, 4, 3, 3],
        depthwise: [8, 1, 3, 3],
      },
      ...{
        grouped: [8, 2, 3, 3],
        deconv: [4, 8, 2, 2],
        table: [9, 4],
        gamma: [4],
        beta: [4],
        qkv: [4, 12],
        far: [3, 4],
        hwio: [3, 3, 4, 8],
      },
      ...{ loop: [2, 2], unused: [2, 2] },
    };
    const hints = await hintsOf({
      nodes,
      initializers: Object.entries(shapes).map(([name, shape]) => ones(name, ...shape)),
    });
    expect(hints).toEqual({
      gemmT: { role: "dense", denseLayout: "out-in" },
      bias: { role: "bias" },
      gemm: { role: "dense", denseLayout: "in-out" },
      matmul: { role: "dense", denseLayout: "in-out" },
      left: { role: "dense", denseLayout: "out-in" },
      conv: { role: "conv", kernelLayout: "oihw" },
      depthwise: { role: "depthwise-conv", kernelLayout: "oihw" },
      grouped: { role: "conv", kernelLayout: "oihw" },
      deconv: { role: "transposed-conv", kernelLayout: "oihw" },
      table: { role: "embedding" },
      gamma: { role: "norm" },
      beta: { role: "norm" },
      qkv: {
        role: "dense",
        denseLayout: "in-out",
        projections: { along: "columns", names: ["q", "k", "v"], sizes: [4, 4, 4] },
      },
      far: { role: "dense", denseLayout: "out-in" },
      hwio: { role: "conv", kernelLayout: "hwio" },
      loop: { onlyFeeds: [] },
      unused: { onlyFeeds: [] },
    });
  });

  it("tells a constant that only other operators take, and follows what is computed from constants", async () => {
    const nodes = [
      node("Add", ["x", "added"], ["a"]),
      node("Reshape", ["shaped", "to"], ["shaped1"]),
      node("Mul", ["shaped1", "factor"], ["shaped2"]),
      node("MatMul", ["x", "shaped2"], ["b"]),
      node("Gather", ["relative", "fixed"], ["relative1"]),
      node("Unsqueeze", ["relative1", "to"], ["relative2"]),
      node("Add", ["b", "relative2"], ["c"]),
      node("Gather", ["table", "ids"], ["d"]),
      node("Einsum", ["x", "summed"], ["e"]),
      node("Custom", ["x", "custom"], ["f"], { domain: "my.domain" }),
      node("Mul", ["x", "both"], ["g"]),
      node("Gemm", ["x", "both"], ["h"]),
      node("RotaryEmbedding", ["x", "ids", "cosines", "sines"], ["i"], { domain: "com.microsoft" }),
      node("Shape", ["measured"], ["j"]),
      node("Loop", ["n", "c", "looped"], ["k"]),
    ];
    const names = [
      "added",
      "shaped",
      "factor",
      "relative",
      "table",
      "summed",
      "custom",
      "both",
      "cosines",
      "sines",
      "measured",
      "looped",
    ];
    const file = await open({ nodes, initializers: [...names, "to", "fixed"].map((name) => ones(name, 12, 12)) });
    const hints = new Map(file.tensors.map((each) => [each.name, each.hints]));
    expect(
      names
        .filter((name) => hints.get(name)?.onlyFeeds !== undefined)
        .map((name) => [name, hints.get(name)?.onlyFeeds]),
    ).toEqual([
      ["added", ["Add"]],
      ["relative", ["Add"]],
      ["cosines", ["RotaryEmbedding"]],
      ["sines", ["RotaryEmbedding"]],
      ["measured", ["Shape"]],
    ]);
    expect(hints.get("table")).toEqual({ role: "embedding" });
    const { skipped } = planLayers(file, EVERYTHING);
    expect(skipped.find(({ name }) => name === "relative")?.reason).toMatch(/^feeds only Add: no matrix product/);
  });

  it("lists tensors in the order of the nodes that take them as weights, and says so", async () => {
    const file = await open({
      nodes: [
        node("Cast", ["second"], ["second1"]),
        node("MatMul", ["x", "first"], ["a"]),
        node("MatMul", ["a", "second1"], ["b"]),
        node("MatMul", ["b", "third"], ["c"]),
      ],
      initializers: [ones("unused", 4, 4), ones("third", 4, 4), ones("second", 4, 4), ones("first", 4, 4)],
    });
    expect(file.order).toBe("graph");
    expect(file.tensors.map(({ name }) => name)).toEqual(["first", "second", "third", "unused"]);
    const bare = await open({ initializers: [ones("b", 4, 4), ones("a", 4, 4)] });
    expect([bare.order, bare.tensors.map(({ name, hints }) => [name, hints])]).toEqual([
      "file",
      [
        ["b", undefined],
        ["a", undefined],
      ],
    ]);
  });

  it("gives a recurrent cell's gates in its own order, direction by direction", async () => {
    const file = await open({
      nodes: [node("LSTM", ["x", "W", "R", "B"], ["y"]), node("GRU", ["x", "W2", "R2"], ["z"])],
      initializers: [
        ones("W", 2, 12, 5),
        ones("R", 2, 12, 3),
        ones("B", 2, 24),
        ones("W2", 1, 9, 5),
        ones("R2", 1, 9, 3),
      ],
    });
    const { layers, skipped } = planLayers(file, EVERYTHING);
    expect(layers.map(({ name }) => name)).toEqual([
      ...["W", "R"].flatMap((which) =>
        ["forward", "reverse"].flatMap((direction) =>
          ["i", "o", "f", "c"].map((gate) => `${which}[${direction}][${gate}]`),
        ),
      ),
      ...["W2", "R2"].flatMap((which) => ["z", "r", "h"].map((gate) => `${which}[${gate}]`)),
    ]);
    expect(layers[0]).toMatchObject({ type: "recurrent", shape: [3, 5] });
    expect(skipped.map(({ reason }) => reason)).toEqual(["a bias, not a weight matrix"]);
  });

  it("calls a layer by its place in the network where the exporter made up the tensor's name", async () => {
    const file = await open({
      nodes: [
        node("MatMul", ["x", "onnx::MatMul_12"], ["a"], { name: "/model/layers.0/self_attn/q_proj/MatMul" }),
        node("MatMul", ["x", "onnx::MatMul_13"], ["b"], { name: "/model/layers.0/self_attn/MatMul_1" }),
        node("MatMul", ["x", "onnx::MatMul_14"], ["c"], { name: "MatMul_3" }),
        node("MatMul", ["x", "fc.weight"], ["d"], { name: "/elsewhere/MatMul" }),
        node("Conv", ["x", "onnx::Conv_15"], ["e"], { name: "/twice/Conv" }),
        node("Conv", ["x", "onnx::Conv_16"], ["f"], { name: "/twice/Conv" }),
        node("LSTM", ["x", "onnx::LSTM_17", "onnx::LSTM_18"], ["g"], { name: "/lstm/LSTM" }),
      ],
      initializers: [
        ...[12, 13, 14].map((k) => ones(`onnx::MatMul_${k}`, 4, 5)),
        ones("fc.weight", 4, 5),
        ...[15, 16].map((k) => ones(`onnx::Conv_${k}`, 4, 5, 1, 1)),
        ones("onnx::LSTM_17", 1, 8, 5),
        ones("onnx::LSTM_18", 1, 8, 2),
      ],
    });
    const { layers } = planLayers(file, EVERYTHING);
    expect(layers.map(({ name }) => name.replace(/\[.\]$/, ""))).toEqual([
      "model.layers.0.self_attn.q_proj",
      "model.layers.0.self_attn.MatMul_1",
      "onnx::MatMul_14",
      "fc",
      "onnx::Conv_15",
      "onnx::Conv_16",
      ...new Array(4).fill("lstm.W"),
      ...new Array(4).fill("lstm.R"),
    ]);
    expect(layers[0].tensorName).toBe("onnx::MatMul_12");
  });

  it(
    "finds weights in Constant nodes, in bodies of control flow and in functions, and leaves out constants of " +
      "arithmetic",
    async () => {
      const constant = (name: string, value: ReturnType<typeof tensor>) =>
        node("Constant", [], [name], { attributes: { value: { tensor: value } } });
      const body = graph({
        nodes: [node("MatMul", ["x", "inner"], ["o"]), node("MatMul", ["x", "outer"], ["p"])],
        initializers: [ones("inner", 3, 4)],
      });
      const file = await openOne(
        "model.onnx",
        onnxOf(
          {
            nodes: [
              constant("w", ones("ignored", 2, 3)),
              constant("axes", tensor("", [2], { type: 7, extra: [[7, concat(varint(1), varint(-1))]] })),
              constant("eps", tensor("", [], { raw: f32(1e-5) })),
              node("MatMul", ["x", "w"], ["y"]),
              node("If", ["c"], ["z"], {
                name: "choice",
                attributes: { then_branch: { graph: body }, else_branch: { graph: body } },
              }),
            ],
            initializers: [ones("outer", 4, 5)],
          },
          [
            25,
            [
              [1, "block"],
              [7, constant("table", ones("", 3, 3))],
            ],
          ],
        ),
      );
      expect(file.tensors.map(({ name, hints }) => [name, hints?.role])).toEqual([
        ["w", "dense"],
        ["choice/then_branch/inner", "dense"],
        // The outer graph's weight goes into the first branch, whose nodes come before those of the second.
        ["outer", "dense"],
        ["choice/else_branch/inner", "dense"],
        ["block/table", undefined],
      ]);
    },
  );

  it(
    "dequantises per tensor, per axis of a convolution and per column, and lists what it cannot tell with a " +
      "warning",
    async () => {
      const codes = (name: string, dims: number[], ...values: number[]) =>
        tensor(name, dims, { type: 3, raw: Uint8Array.from(values, (value) => value & 0xff) });
      const file = await open({
        nodes: [
          node("QLinearConv", ["x", "xs", "xz", "k", "ks", "kz", "ys", "yz"], ["a"]),
          node("QLinearMatMul", ["x", "xs", "xz", "m", "ms", "mz", "ys", "yz"], ["b"]),
          node("DequantizeLinear", ["e", "es"], ["e1"], { attributes: { axis: 0 } }),
          node("Gather", ["e1", "ids"], ["c"]),
          node("DequantizeLinear", ["odd", "os"], ["d"], { attributes: { axis: 1 } }),
          node("MatMulInteger", ["x", "lost"], ["f"]),
        ],
        initializers: [
          codes("k", [2, 1, 1, 2], 1, 2, 3, 4),
          tensor("ks", [2], { raw: f32(0.5, 2) }),
          codes("kz", [2], 0, 1),
          codes("m", [2, 2], 1, 2, -3, 4),
          tensor("ms", [2], { raw: f32(1, 10) }),
          codes("mz", [2], 0, 0),
          codes("e", [2, 2], 1, 2, 3, 4),
          tensor("es", [2], { raw: f32(1, 0.25) }),
          codes("odd", [2, 2], 1, 2, 3, 4),
          tensor("os", [3], { raw: f32(1, 1, 1) }),
          codes("lost", [2, 2], 1, 2, 3, 4),
        ],
      });
      expect(await valuesOf(tensorNamed(file, "k"))).toEqual([0.5, 1, 4, 6]);
      expect(await valuesOf(tensorNamed(file, "m"))).toEqual([1, 20, -3, 40]);
      expect(await valuesOf(tensorNamed(file, "e"), { from: 1, to: 3, chunk: 1 })).toEqual([2, 0.75]);
      expect(tensorNamed(file, "k")).toMatchObject({
        dtype: "int8-affine",
        storedBits: 8,
        quantised: true,
        floating: true,
        hints: { kernelLayout: "oihw" },
      });
      expect(tensorNamed(file, "e").hints).toEqual({ role: "embedding" });
      expect(tensorNamed(file, "ks").hints).toEqual({ role: "scale" });
      expect(file.tensors.filter(({ floating }) => !floating).map(({ name }) => name)).toEqual([
        "kz",
        "mz",
        "odd",
        "lost",
      ]);
      expect(file.warnings).toEqual([expect.stringMatching(/codes of odd/), expect.stringMatching(/codes of lost/)]);
      const reasons = new Map(planLayers(file, EVERYTHING).skipped.map(({ name, reason }) => [name, reason]));
      for (const name of ["ks", "kz", "ms"]) expect(reasons.get(name)).toMatch(/scales or zero points/);
      expect(reasons.get("odd")).toMatch(/integers \(I8\)/);
    },
  );

  it("dequantises codes that the graph casts, shifts and scales, where a weight comes of it", async () => {
    const chain = (codes: string, ...steps: readonly (readonly [op: string, constant: string])[]) => [
      node("Cast", [codes], [`${codes}.0`], { attributes: { to: 1 } }),
      ...steps.map(([op, constant], k) => node(op, [`${codes}.${k}`, constant], [`${codes}.${k + 1}`])),
    ];
    const codes = (name: string, ...dims: number[]) =>
      tensor(name, dims, { type: 3, raw: Uint8Array.of(1, 2, 3, 4, 5, 250) });
    const file = await open({
      nodes: [
        ...chain("conv", ["Mul", "scale"], ["Add", "offset"]),
        node("Conv", ["x", "conv.2"], ["a"]),
        ...chain("dense", ["Sub", "zeros"], ["Mul", "scales"]),
        node("MatMul", ["y", "dense.2"], ["b"]),
        // Positions are integers that are cast and scaled too, and no weights.
        ...chain("positions", ["Mul", "scale"]),
        node("Sin", ["positions.1"], ["c"]),
      ],
      initializers: [
        codes("conv", 3, 2, 1),
        codes("dense", 2, 3),
        codes("positions", 2, 3),
        tensor("scale", [1], { raw: f32(0.5) }),
        tensor("offset", [1], { raw: f32(0.25) }),
        tensor("scales", [3], { raw: f32(1, 2, 4) }),
        tensor("zeros", [3], { raw: f32(1, 0, 2) }),
      ],
    });
    const of = (name: string) => tensorNamed(file, name);
    expect(await valuesOf(of("conv"))).toEqual([0.75, 1.25, 1.75, 2.25, 2.75, -2.75]);
    expect(of("conv")).toMatchObject({
      dtype: "int8-affine",
      quantised: true,
      storedBits: 8,
      hints: { role: "conv" },
    });
    expect(await valuesOf(of("dense"))).toEqual([0, 4, 4, 3, 10, -32]);
    expect(of("dense").hints).toMatchObject({ role: "dense", denseLayout: "in-out" });
    expect(of("positions").floating).toBe(false);
    for (const name of ["scale", "offset", "scales", "zeros"]) expect(of(name).hints).toEqual({ role: "scale" });
  });

  it("reads a MatMulNBits weight as out x in, and takes its label from the node", async () => {
    const file = await openOne("nbits.onnx", fixture("nbits.onnx"));
    expect(file.tensors[0]).toMatchObject({
      shape: [48, 40],
      storedBits: 4,
      hints: { denseLayout: "out-in", label: "model.layers.0.mlp.up_proj" },
    });
    const all = await valuesOf(file.tensors[0]);
    expect(await valuesOf(file.tensors[0], { from: 37, to: 85, chunk: 7 })).toEqual(all.slice(37, 85));
  });

  it("59: of more than 2 GiB is read by ranges, its weights stepped over", async () => {
    const gap = 3 * 2 ** 30;
    const big = concat(message([1, gap / 4], [2, 1], [8, "big"]), varint(9 * 8 + 2), varint(gap));
    const head = concat(message([1, 10]), varint(7 * 8 + 2));
    const last = message([5, ones("last", 2, 2)]);
    const bigField = concat(varint(5 * 8 + 2), varint(big.length + gap), big);
    const before = concat(head, varint(bigField.length + gap + last.length), bigField);
    const source: ByteSource = {
      byteLength: before.length + gap + last.length,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        const put = (part: Uint8Array, at: number): void => {
          for (let k = 0; k < part.length; k++)
            if (at + k >= offset && at + k < offset + length) bytes[at + k - offset] = part[k];
        };
        put(before, 0);
        put(last, before.length + gap);
        return bytes;
      },
    };
    const files = filesInMemory({ "model.onnx": source }, "model.onnx");
    const file = await openWeightFile(files);
    expect(file.tensors.map(({ name, byteLength }) => [name, byteLength])).toEqual([
      ["big", gap],
      ["last", 16],
    ]);
    expect(await valuesOf(tensorNamed(file, "last"))).toEqual([1, 1, 1, 1]);
    expect(files.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 ** 20);
  });

  it("90: of 20,000 tiny tensors is opened by reading as many bytes as twice the file at the most", async () => {
    const part = (k: number) =>
      message(...Array.from({ length: 1000 }, (_, i) => [5, tensor(`w${k}.${i}`, [1], { raw: f32(i) })] as const));
    const bytes = onnxOf({ extra: Array.from({ length: 20 }, (_, k) => part(k)) });
    const files = filesInMemory({ "model.onnx": bytes }, "model.onnx");
    expect((await openWeightFile(files)).tensors).toHaveLength(20_000);
    // The parts of the graph are listed before they are read; a reader that went back for every tensor would read
    // thousands of times as much.
    expect(files.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 * bytes.length);
  });

  it("keeps its metadata as plain entries whatever their names", async () => {
    const file = await openOne(
      "model.onnx",
      onnxOf({ initializers: [ones("w", 2, 2)] }, [
        14,
        [
          [1, "__proto__"],
          [2, "x"],
        ],
      ]),
    );
    expect(Object.keys(file.metadata)).toContain("__proto__");
    expect(file.metadata.producer_name).toBe("test");
  });
});

describe("external data", () => {
  const place = (...entries: [string, string | number][]) =>
    tensor("w", [2, 2], { extra: [...entries.map(([key, value]) => external(key, value)), EXTERNAL] });
  const openWith = (
    initializers: GraphParts["initializers"],
    data: Record<string, Uint8Array> = { "w.bin": f32(9, 1, 2, 3, 4, 9) },
  ) => openWeightFile(filesInMemory({ "model.onnx": onnxOf({ initializers }), ...data }, "model.onnx"));

  it("is read from the file beside the model, from its offset; two tensors of one region are tied", async () => {
    const entries: [string, string | number][] = [
      ["location", "./w.bin"],
      ["offset", 4],
      ["length", 16],
      ["checksum", "abc"],
      ["prepacked_0", "x"],
    ];
    const twin = tensor("twin", [4], { extra: [external("location", "w.bin"), external("offset", 4), EXTERNAL] });
    const file = await openWith([place(...entries), twin]);
    expect(await valuesOf(tensorNamed(file, "w"))).toEqual([1, 2, 3, 4]);
    expect(tensorNamed(file, "twin").storageKey).toBe(tensorNamed(file, "w").storageKey);
    expect(file.files).toEqual([expect.objectContaining({ name: "model.onnx" }), { name: "w.bin", byteLength: 24 }]);
  });

  const HOSTILE: Record<string, { entries: [string, string | number][]; says: RegExp; kind?: string }> = {
    "53: an absolute location": {
      entries: [["location", "/etc/passwd"]],
      says: /"\/etc\/passwd", which is not a plain name/,
    },
    "53: a location that climbs": { entries: [["location", "../w.bin"]], says: /not a plain name/ },
    "53: a location that climbs inside": { entries: [["location", "a/../../w.bin"]], says: /not a plain name/ },
    "53: a location behind a backslash": { entries: [["location", "..\\w.bin"]], says: /not a plain name/ },
    "53: a location at an address": { entries: [["location", "https://example.org/w"]], says: /not a plain name/ },
    "53: no location": { entries: [["offset", 0]], says: /no location/ },
    "54: an unknown key": {
      entries: [
        ["location", "w.bin"],
        ["__class__", "os.system"],
      ],
      says: /key "__class__", which the format does not define/,
    },
    "54: a key twice": {
      entries: [
        ["location", "w.bin"],
        ["location", "v.bin"],
      ],
      says: /"location" twice/,
    },
    "55: an offset past the end": {
      entries: [
        ["location", "w.bin"],
        ["offset", 12],
      ],
      says: /16 bytes from 12 exceed the file of 24/,
    },
    "55: a negative offset": {
      entries: [
        ["location", "w.bin"],
        ["offset", -4],
      ],
      says: /offset as "-4"/,
    },
    "55: an offset in hexadecimal": {
      entries: [
        ["location", "w.bin"],
        ["offset", "0x10"],
      ],
      says: /offset as "0x10"/,
    },
    "55: an offset of 2^63": {
      entries: [
        ["location", "w.bin"],
        ["offset", "9223372036854775808"],
      ],
      says: /not a whole number/,
    },
    "55: a length that is not the shape's": {
      entries: [
        ["location", "w.bin"],
        ["length", 20],
      ],
      says: /declares 20 bytes, but its shape needs 16/,
    },
    "a file that is not there": {
      entries: [["location", "gone.bin"]],
      says: /gone\.bin, which does not exist/,
      kind: "missing",
    },
  };
  for (const [what, { entries, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${what}`, async () => {
      const error = await refusal(openWith([place(...entries)]));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
    });
  }

  it("is refused where two tensors overlap without being the same, and where it is not declared as such", async () => {
    const other = tensor("v", [2], { extra: [external("location", "w.bin"), external("offset", 4), EXTERNAL] });
    expect((await refusal(openWith([place(["location", "w.bin"]), other]))).message).toMatch(/overlap those of w/);
    expect((await refusal(openWith([tensor("w", [1], { extra: [external("location", "w.bin")] })]))).message).toMatch(
      /contradict/,
    );
  });

  it("53: is refused where it is a link that leads out of the model's folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eigenscope-onnx-"));
    try {
      symlinkSync("/etc/hostname", join(folder, "w.bin"));
      writeFileSync(join(folder, "model.onnx"), onnxOf({ initializers: [place(["location", "w.bin"])] }));
      const error = await refusal(openWeightFile(await localFiles(join(folder, "model.onnx"))));
      expect(error.message).toMatch(/link that leads out of the model's folder/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is opened only after every name was checked", async () => {
    const bad = tensor("v", [1], { extra: [external("location", "/w"), EXTERNAL] });
    const files = filesInMemory(
      { "model.onnx": onnxOf({ initializers: [place(["location", "w.bin"]), bad] }), "w.bin": f32(1, 2, 3, 4) },
      "model.onnx",
    );
    await refusal(openWeightFile(files));
    expect(new Set(files.reads.map(({ name }) => name))).toEqual(new Set(["model.onnx"]));
  });
});

describe("a broken ONNX model", () => {
  const W = ones("w", 2, 2);
  const withTensor = (...fields: readonly Field[]) => onnxOf({ extra: [[5, message(...fields)]] });
  const sparse = (indices: number[], dims = [indices.length]) =>
    [
      [1, tensor("s", [indices.length], { raw: f32(...indices.map(() => 1)) })],
      [2, tensor("", dims, { type: 7, extra: [[7, concat(...indices.map(varint))]] })],
      [3, 2],
      [3, 3],
    ] as const;
  const HOSTILE: Record<string, { bytes: Uint8Array; says: RegExp; kind?: string }> = {
    "56: a varint of 11 bytes": {
      bytes: withTensor(concat(varint(8), new Uint8Array(10).fill(0x80), Uint8Array.of(1))),
      says: /longer than 10 bytes/,
    },
    "56: a varint that is cut off": { bytes: withTensor(Uint8Array.of(8, 0x80)), says: /truncated/ },
    "56: the wrong wire type": { bytes: withTensor([1, 2], [2, "x"]), says: /data_type is stored as bytes/ },
    "56: a group": { bytes: withTensor(Uint8Array.of(5 * 8 + 3, 5 * 8 + 4)), says: /group/ },
    "56: a wire type that does not exist": { bytes: withTensor(Uint8Array.of(5 * 8 + 6)), says: /wire type 6/ },
    "56: field number 0": { bytes: withTensor(Uint8Array.of(0, 0)), says: /numbered 0/ },
    "56: a length past its parent": {
      bytes: withTensor(concat(varint(8 * 8 + 2), varint(100), "w")),
      says: /declares 100 bytes, but only 1 are left/,
    },
    "56: a length of 2^63": {
      bytes: withTensor(concat(varint(8 * 8 + 2), varint(2n ** 63n))),
      says: /are left in its message/,
    },
    "56: a fixed number past its parent": {
      bytes: withTensor(Uint8Array.of(5 * 8 + 5, 0)),
      says: /exceeds its message/,
    },
    "56: a name that is no UTF-8": { bytes: withTensor([8, Uint8Array.of(0xff)]), says: /not valid UTF-8/ },
    "57: raw_data that its shape does not need": {
      bytes: withTensor(...tensor("w", [2, 2], { raw: f32(1, 2, 3) })),
      says: /needs 16 bytes, but raw_data has 12/,
    },
    "57: float_data that its shape does not need": {
      bytes: withTensor(...tensor("w", [2, 2], { extra: [[4, f32(1, 2, 3)]] })),
      says: /12 bytes of float_data/,
    },
    "57: int32_data that its shape does not need": {
      bytes: withTensor(...tensor("w", [2], { type: 10, extra: [[5, Uint8Array.of(1, 2, 3)]] })),
      says: /needs 2 numbers, but 3 are stored/,
    },
    "57: elements that are not there": {
      bytes: withTensor(...tensor("w", [2, 2])),
      says: /4 elements, but none are stored/,
    },
    "57: a shape that overflows": {
      bytes: withTensor(...tensor("w", [2n ** 32n, 2n ** 32n], { raw: f32(1) })),
      says: /overflows/,
    },
    "57: a negative side": { bytes: withTensor(...tensor("w", [-2, -2], { raw: f32(1, 2, 3, 4) })), says: /overflows/ },
    "57: elements in another type's field": {
      bytes: withTensor(...tensor("w", [1], { extra: [[5, Uint8Array.of(1)]] })),
      says: /float, which int32_data cannot hold/,
    },
    "58: raw_data and float_data": {
      bytes: withTensor(...tensor("w", [1], { raw: f32(1), extra: [[4, f32(2)]] })),
      says: /in two places/,
    },
    "58: raw_data and external_data": {
      bytes: withTensor(...tensor("w", [1], { raw: f32(1), extra: [external("location", "w"), EXTERNAL] })),
      says: /in two places/,
    },
    "raw_data twice": {
      bytes: withTensor(...tensor("w", [1], { raw: f32(1), extra: [[9, f32(2)]] })),
      says: /occurs twice/,
    },
    "an unknown data type": {
      bytes: withTensor(...tensor("w", [1], { type: 99, raw: f32(1) })),
      says: /data type 99 is unknown/,
    },
    "60: a sparse index out of range": {
      bytes: onnxOf({ extra: [[15, sparse([1, 6])]] }),
      says: /index 6 is outside its shape \[2, 3\]/,
    },
    "60: a negative sparse index": { bytes: onnxOf({ extra: [[15, sparse([-1, 2])]] }), says: /index -1/ },
    "60: sparse indices that do not fit": {
      bytes: onnxOf({ extra: [[15, sparse([1, 2], [1])]] }),
      says: /needs 1 numbers|do not match/,
    },
    "a name twice": { bytes: onnxOf({ initializers: [W, W] }), says: /two initializers are called "w"/ },
    "no graph": { bytes: message([1, 10], [2, "test"]), says: /no graph/ },
    "two graphs": { bytes: message([1, 10], [7, graph({})], [7, graph({})]), says: /two graphs/ },
    "bodies nested too deep": {
      bytes: onnxOf({
        nodes: [
          Array.from({ length: 40 }).reduce<ReturnType<typeof node>>(
            (inner) => node("If", [], [], { attributes: { then_branch: { graph: graph({ nodes: [inner] }) } } }),
            node("Abs", [], []),
          ),
        ],
      }),
      says: /nested deeper than 32/,
    },
    "a truncated file": {
      bytes: onnxOf({ initializers: [ones("w", 300, 300)] }).subarray(0, 200_000),
      says: /are left in its message/,
    },
  };
  for (const [what, { bytes, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${what}`, async () => {
      const error = await refusal(openOne("model.onnx", bytes));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
      expect(error.message).toContain("onnx, model.onnx");
    });
  }

  it("60: a sound sparse tensor is listed, and not analysed", async () => {
    const file = await openOne("model.onnx", onnxOf({ initializers: [W], extra: [[15, sparse([1, 5])]] }));
    expect(file.tensors[1]).toMatchObject({ name: "s", shape: [2, 3], dtype: "sparse float", floating: false });
    expect((await refusal(valuesOf(file.tensors[1]))).message).toMatch(/sparse/);
  });

  it("is not mistaken for a TensorFlow SavedModel, nor the other way round", async () => {
    const saved = message([1, 1], [2, [[1, "x"]]]);
    expect((await refusal(openOne("saved_model.pb", saved))).details.format).not.toBe("onnx");
    expect((await openOne("renamed.bin", onnxOf({ initializers: [W] }))).format).toBe("onnx");
  });
});
