import { describe, expect, it } from "vitest";
import { openWeightFile, type WeightFile } from "#eigenscope/formats/index.js";
import { concat, filesInMemory, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: Record<string, unknown>;
}

const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** A model of one group, its bytes cut into shards of the given sizes (the last takes the rest). */
function model(
  weights: readonly ManifestEntry[],
  bytes: Uint8Array,
  { cuts = [] as number[], topology = {} as unknown } = {},
) {
  const paths = Array.from({ length: cuts.length + 1 }, (_, k) => `group1-shard${k + 1}of${cuts.length + 1}.bin`);
  const files: Record<string, Uint8Array | string> = {
    "model.json": JSON.stringify({
      format: "layers-model",
      generatedBy: "keras",
      modelTopology: topology,
      weightsManifest: [{ paths, weights }],
    }),
  };
  paths.forEach((path, k) => {
    files[path] = bytes.subarray(cuts[k - 1] ?? 0, cuts[k] ?? bytes.length);
  });
  return files;
}

function open(files: Record<string, Uint8Array | string>): Promise<WeightFile> {
  return openWeightFile(filesInMemory(files, "model.json"));
}

const A = { name: "a/kernel", shape: [2, 2], dtype: "float32" };
const B = { name: "b/kernel", shape: [3], dtype: "float32" };

describe("a TensorFlow.js model", () => {
  it("gives weights that cross from shard to shard, wherever it is cut", async () => {
    const bytes = f32(1, 2, 3, 4, 5, 6, 7);
    for (const cuts of [[], [16], [5], [3, 4, 5, 27], [0, 28]]) {
      const file = await open(model([A, B], bytes, { cuts }));
      expect(await valuesOf(tensorNamed(file, "a/kernel"))).toEqual([1, 2, 3, 4]);
      expect(await valuesOf(tensorNamed(file, "b/kernel"), { from: 1, chunk: 1 })).toEqual([6, 7]);
      expect(file.files.length).toBe(cuts.length + 2);
    }
  });

  it("gives several groups, and is found in its folder", async () => {
    const manifest = [
      { paths: ["g1"], weights: [A] },
      { paths: ["sub/g2"], weights: [B] },
    ];
    const files = {
      "model.json": JSON.stringify({ weightsManifest: manifest }),
      g1: f32(1, 2, 3, 4),
      "sub/g2": f32(5, 6, 7),
      "readme.md": "hello",
    };
    const file = await openWeightFile(filesInMemory(files));
    expect(file.format).toBe("tfjs");
    expect(await valuesOf(tensorNamed(file, "b/kernel"))).toEqual([5, 6, 7]);
  });

  it("may be an older bare manifest", async () => {
    const file = await openWeightFile(
      filesInMemory(
        { "weights_manifest.json": JSON.stringify([{ paths: ["s"], weights: [A] }]), s: f32(1, 2, 3, 4) },
        "weights_manifest.json",
      ),
    );
    expect(await valuesOf(file.tensors[0])).toEqual([1, 2, 3, 4]);
  });

  it("is dequantised from uint8, uint16 and float16 as by its own loader: code * scale + min in f32", async () => {
    const quantized = (dtype: string, extra = {}) => ({ ...A, quantization: { dtype, ...extra } });
    const affine = { scale: 0.1, min: -1.5 };
    const eight = await open(model([quantized("uint8", affine)], Uint8Array.of(0, 1, 2, 255)));
    expect(await valuesOf(eight.tensors[0])).toEqual([0, 1, 2, 255].map((code) => Math.fround(code * 0.1 - 1.5)));
    expect(eight.tensors[0]).toMatchObject({ dtype: "uint8-affine", storedBits: 8, quantised: true, floating: true });
    const sixteen = await open(
      model([quantized("uint16", affine)], new Uint8Array(Uint16Array.of(0, 1, 2, 65535).buffer)),
    );
    expect(await valuesOf(sixteen.tensors[0])).toEqual([0, 1, 2, 65535].map((code) => Math.fround(code * 0.1 - 1.5)));
    const half = await open(
      model([quantized("float16")], new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0, 0x7bff).buffer)),
    );
    expect(await valuesOf(half.tensors[0])).toEqual([1, -2, 0, 65504]);
    expect(half.tensors[0]).toMatchObject({ dtype: "F16", storedBits: 16, quantised: false });
  });

  it("steps over strings and complex numbers and lists integers and truth values as no weights", async () => {
    const weights = [
      { name: "words", shape: [2], dtype: "string" },
      { name: "z", shape: [1], dtype: "complex64" },
      { name: "ids", shape: [1], dtype: "int32" },
      { name: "on", shape: [1], dtype: "bool" },
      A,
    ];
    const bytes = concat(
      Uint8Array.of(2, 0, 0, 0),
      "hi",
      Uint8Array.of(0, 0, 0, 0),
      new Uint8Array(8),
      Uint8Array.of(7, 0, 0, 0),
      Uint8Array.of(1),
      f32(1, 2, 3, 4),
    );
    const file = await open(model(weights, bytes, { cuts: [1, 9] }));
    expect(file.tensors.map(({ floating }) => floating)).toEqual([false, false, false, false, true]);
    expect(await valuesOf(tensorNamed(file, "a/kernel"))).toEqual([1, 2, 3, 4]);
    expect((await refusal(valuesOf(tensorNamed(file, "words")))).message).toMatch(/dtype string/);
  });

  it("tells roles and axes from a Keras topology, through wrappers and nested models", async () => {
    const layer = (class_name: string, name: string, config = {}) => ({ class_name, config: { name, ...config } });
    const topology = {
      model_config: {
        class_name: "Functional",
        config: {
          layers: [
            layer("Conv2D", "stem"),
            layer("Functional", "inner", { layers: [layer("Dense", "head"), layer("SeparableConv2D", "sep")] }),
            layer("Bidirectional", "both", { layer: layer("LSTM", "cell") }),
            layer("BatchNormalization", "bn"),
            layer("Embedding", "emb"),
          ],
        },
      },
    };
    const names = [
      "stem/kernel",
      "stem/bias",
      "inner/head/kernel",
      "sep/depthwise_kernel",
      "sep/pointwise_kernel",
      "both/forward_cell/kernel",
      "bn/gamma",
      "emb/embeddings",
      "x/y",
    ];
    const file = await open(
      model(
        names.map((name) => ({ name, shape: [1], dtype: "float32" })),
        f32(...names.map(() => 0)),
        { topology },
      ),
    );
    expect(file.tensors.map(({ hints }) => hints)).toEqual([
      { role: "conv", kernelLayout: "hwio" },
      { role: "bias" },
      { role: "dense", denseLayout: "in-out" },
      { role: "depthwise-conv", kernelLayout: "hwio" },
      { role: "conv", kernelLayout: "hwio" },
      { role: "recurrent", denseLayout: "in-out" },
      { role: "norm" },
      { role: "embedding" },
      undefined,
    ]);
  });

  it("tells roles and axes from the operations of a graph, through what only hands a weight on", async () => {
    const node = (name: string, op: string, input: string[] = [], attr = {}) => ({ name, op, input, attr });
    const topology = {
      node: [
        ...["c", "d", "m", "t", "e", "b", "far", "lost"].map((name) => node(name, "Const")),
        node("conv", "_FusedConv2D", ["x", "c", "b"]),
        node("dw", "DepthwiseConv2dNative", ["x", "d"]),
        node("product", "MatMul", ["x", "m:0", "^c"]),
        node("transposed", "MatMul", ["x", "t"], { transpose_b: { b: true } }),
        node("gather", "GatherV2", ["e", "ids"]),
        node("i1", "Identity", ["far"]),
        node("i2", "ExpandDims", ["i1", "axis"]),
        node("conv1d", "Conv2D", ["x", "i2"]),
        node("loop", "Identity", ["loop"]),
      ],
    };
    const names = ["c", "d", "m", "t", "e", "b", "far", "lost", "loop"];
    const file = await open(
      model(
        names.map((name) => ({ name, shape: [1], dtype: "float32" })),
        f32(...names.map(() => 0)),
        { topology },
      ),
    );
    expect(Object.fromEntries(file.tensors.map(({ name, hints }) => [name, hints]))).toEqual({
      c: { role: "conv", kernelLayout: "hwio" },
      d: { role: "depthwise-conv", kernelLayout: "hwio" },
      m: { role: "dense", denseLayout: "in-out" },
      t: { role: "dense", denseLayout: "out-in" },
      e: { role: "embedding" },
      b: { role: "bias" },
      far: { role: "conv", kernelLayout: "hwio" },
      lost: { onlyFeeds: [] },
      loop: { onlyFeeds: [] },
    });
  });

  it(
    "tells a constant that only other operations take, and lists weights in the order of execution, however " +
      "nodes are listed",
    async () => {
      const node = (name: string, op: string, input: string[] = []) => ({ name, op, input, attr: {} });
      const topology = {
        node: [
          node("second", "MatMul", ["first", "w2"]),
          ...["w10", "w2", "w1", "added", "biases", "fixed", "table", "odd"].map((name) => node(name, "Const")),
          node("third", "MatMul", ["second", "w10"]),
          node("first", "MatMul", ["sum", "w1"]),
          node("sum", "AddV2", ["x", "added"]),
          node("x", "Placeholder"),
          node("look", "GatherV2", ["biases", "fixed"]),
          node("sum2", "AddV2", ["third", "look"]),
          node("look2", "GatherV2", ["table", "x"]),
          node("call", "PartitionedCall", ["odd", "x"]),
        ],
      };
      const names = ["w1", "w10", "w2", "added", "biases", "table", "odd", "in_a_function"];
      const weights = names.map((name) => ({ name, shape: [1], dtype: "float32" }));
      const file = await open(model(weights, f32(...names.map(() => 0)), { topology }));
      expect(file.order).toBe("graph");
      const order = file.tensors.map(({ name }) => name);
      expect(["added", "w1", "w2", "w10", "biases"].map((name) => order.indexOf(name))).toEqual([0, 1, 2, 3, 4]);
      const hints = Object.fromEntries(file.tensors.map((tensor) => [tensor.name, tensor.hints]));
      expect(hints).toMatchObject({
        added: { onlyFeeds: ["AddV2"] },
        biases: { onlyFeeds: ["AddV2"] },
        table: { role: "embedding" },
      });
      expect([hints.odd, hints.in_a_function]).toEqual([undefined, undefined]);
    },
  );

  it("lists the weights of a layers model in the order of its configuration", async () => {
    const layer = (name: string, class_name = "Conv2D") => ({ class_name, config: { name } });
    const topology = {
      model_config: { class_name: "Model", config: { layers: [layer("conv_2"), layer("conv_10"), layer("conv_1")] } },
    };
    const names = ["conv_1/kernel", "conv_10/kernel", "conv_2/bias", "conv_2/kernel", "elsewhere"];
    const weights = names.map((name) => ({ name, shape: [1], dtype: "float32" }));
    const file = await open(model(weights, f32(...names.map(() => 0)), { topology }));
    expect([file.order, file.tensors.map(({ name }) => name)]).toEqual([
      "configuration",
      ["conv_2/bias", "conv_2/kernel", "conv_10/kernel", "conv_1/kernel", "elsewhere"],
    ]);
  });

  it("ends where a graph passes a name to itself any number of times", async () => {
    const passing = Array.from({ length: 60 }, () => ({ name: "a/w", op: "Identity", input: ["a/w"] }));
    const node = [...passing, { name: "y", op: "MatMul", input: ["x", "a/w"] }];
    const files = model([{ name: "a/w", shape: [2, 2], dtype: "float32" }], f32(1, 2, 3, 4));
    const topology = (nodes: readonly object[]) => {
      const json = JSON.parse(files["model.json"] as string);
      return { ...files, "model.json": JSON.stringify({ ...json, modelTopology: { node: nodes } }) };
    };
    // 60^8 ways to go; none leads to an operator that computes.
    expect((await open(topology(passing))).tensors[0].hints).toEqual({ onlyFeeds: [] });
    expect((await open(topology(node))).tensors[0].hints).toMatchObject({ role: "dense" });
    expect((await open(topology(node.slice(-2)))).tensors[0].hints).toMatchObject({ role: "dense" });
  });

  const FOUR = f32(1, 2, 3, 4);
  const HOSTILE: Record<string, { files: Record<string, Uint8Array | string>; says: RegExp; kind?: string }> = {
    "76: a shard in another folder": {
      files: named("../secret.bin"),
      says: /"\.\.\/secret\.bin", which is not a plain name/,
    },
    "76: an absolute shard": { files: named("/etc/passwd"), says: /not a plain name/ },
    "76: a shard at an address": { files: named("https://example.org/s.bin"), says: /not a plain name/ },
    "76: a shard behind a backslash": { files: named("..\\s.bin"), says: /not a plain name/ },
    "a shard that is not there": { files: named("gone.bin"), says: /gone\.bin, which does not exist/, kind: "missing" },
    "77: too few bytes": { files: model([A], FOUR.subarray(0, 12)), says: /at least 16 bytes, but the shards hold 12/ },
    "77: too many bytes": { files: model([A], concat(FOUR, FOUR)), says: /need 16 bytes, but the shards hold 32/ },
    "77: strings that end early": {
      files: model([{ name: "s", shape: [9], dtype: "string" }], new Uint8Array(6)),
      says: /end early|hold 6/,
    },
    "77: a string longer than all shards": {
      files: model([{ name: "s", shape: [1], dtype: "string" }], Uint8Array.of(255, 255, 255, 255)),
      says: /the shards hold 4/,
    },
    "78: gzip inside a shard": {
      files: model([A], Uint8Array.of(0x1f, 0x8b, 8, 0, 0)),
      says: /shard1of1\.bin: this shard is gzip-compressed/,
      kind: "unsupported",
    },
    "a weight twice": { files: model([A, A], concat(FOUR, FOUR)), says: /occurs twice/ },
    "a shard twice": { files: { ...named("s.bin", ["s.bin", "s.bin"]), "s.bin": FOUR }, says: /names s\.bin twice/ },
    "an unknown dtype": { files: model([{ ...A, dtype: "float7" }], FOUR), says: /"float7"/ },
    "a negative side": { files: model([{ ...A, shape: [-2, -2] }], FOUR), says: /whole numbers/ },
    "a shape that overflows": { files: model([{ ...A, shape: [2 ** 40, 2 ** 40] }], FOUR), says: /overflows/ },
    "a quantization without scale": {
      files: model([{ ...A, quantization: { dtype: "uint8" } }], new Uint8Array(4)),
      says: /no finite scale and min/,
    },
    "an unknown quantization": {
      files: model([{ ...A, quantization: { dtype: "int3" } }], new Uint8Array(4)),
      says: /int3 is unknown/,
    },
    "no manifest": {
      files: { "model.json": '{"modelTopology":{}}' },
      says: /topology but no weights/,
      kind: "unsupported",
    },
    "a manifest that is no array": { files: { "model.json": '{"weightsManifest":{}}' }, says: /not an array/ },
    "21: JSON nested 100,000 deep": {
      files: { "model.json": `{"weightsManifest":${"[".repeat(1e5)}` },
      says: /nested deeper/,
    },
  };
  for (const [name, { files, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const error = await refusal(open(files));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
    });
  }
});

function named(path: string, paths = [path]): Record<string, string> {
  return { "model.json": JSON.stringify({ weightsManifest: [{ paths, weights: [A] }] }) };
}
