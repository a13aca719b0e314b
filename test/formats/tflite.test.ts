import { describe, expect, it } from "vitest";
import { type ByteSource, openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import {
  bytes,
  flatBufferOf,
  ints,
  type LiteOperator,
  type LiteTensorParts,
  quantization,
  tfliteOf,
  u8,
  u32,
  u64,
} from "./build-tflite.js";
import { filesInMemory, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const i8 = (...values: number[]): Uint8Array => Uint8Array.from(values, (value) => value & 0xff);
const open = (tensors: readonly LiteTensorParts[], operators: readonly LiteOperator[] = []) =>
  openOne("m.tflite", tfliteOf(tensors, operators));
const ones = (name: string, ...shape: number[]): LiteTensorParts => ({
  name,
  shape,
  data: f32(...new Array(shape.reduce((product, side) => product * side, 1)).fill(1)),
});

describe("a TFLite model", () => {
  it("gives constants and leaves out what is only computed", async () => {
    const file = await open([
      { name: "input", shape: [1, 2] },
      { name: "w", shape: [2, 2], data: f32(1, 2, 3, 4) },
    ]);
    expect(file.tensors.map(({ name, dtype, storedBits }) => [name, dtype, storedBits])).toEqual([["w", "F32", 32]]);
    expect(await valuesOf(file.tensors[0])).toEqual([1, 2, 3, 4]);
    expect(file.metadata).toEqual({ version: "3", description: "test" });
  });

  it("dequantises int8 per tensor and per channel, uint8 and int4, as (code - zero) * scale", async () => {
    const file = await open([
      { name: "tensor", shape: [2, 2], type: 9, data: i8(-128, 0, 1, 127), quantization: quantization([0.5], [1]) },
      { name: "first", shape: [2, 2], type: 9, data: i8(1, 2, 3, 4), quantization: quantization([1, 10], [0, 1], 0) },
      { name: "last", shape: [1, 2, 2], type: 9, data: i8(1, 2, 3, 4), quantization: quantization([1, 10], [0, 0], 2) },
      { name: "unsigned", shape: [3], type: 3, data: i8(0, 128, 255), quantization: quantization([0.25], [128]) },
      { name: "four", shape: [3], type: 17, data: i8(0xf1, 0x08), quantization: quantization([2]) },
      {
        name: "bias",
        shape: [2],
        type: 2,
        data: new Uint8Array(Int32Array.of(100, -100).buffer),
        quantization: quantization([0.5, 0.25], [0, 0]),
      },
    ]);
    const of = (name: string) => valuesOf(tensorNamed(file, name));
    expect(await of("tensor")).toEqual([-64.5, -0.5, 0, 63]);
    expect(await of("first")).toEqual([1, 2, 20, 30]);
    expect(await of("last")).toEqual([1, 20, 3, 40]);
    expect(await of("unsigned")).toEqual([-32, 0, 31.75]);
    expect(await of("four")).toEqual([2, -2, -16]);
    expect(await of("bias")).toEqual([50, -25]);
    expect(tensorNamed(file, "four")).toMatchObject({
      dtype: "int4-affine",
      storedBits: 4,
      quantised: true,
      floating: true,
    });
    expect(tensorNamed(file, "first")).toMatchObject({ dtype: "int8-affine", storedBits: 8 });
  });

  it("tells a constant that only other operators take, and lists tensors in the order of the operators", async () => {
    const names = ["last", "added", "biases", "fixed", "table", "custom", "called", "first"];
    const tensors = [
      ...names.map((name) => ones(name, 4, 4)),
      { name: "x", shape: [4, 4] },
      { name: "y", shape: [4, 4] },
    ];
    const index = (name: string): number => tensors.findIndex((tensor) => tensor.name === name);
    const file = await open(tensors, [
      { code: 9, inputs: [index("x"), index("first"), -1] },
      { code: 0, inputs: [index("x"), index("added")] },
      { code: 36, inputs: [index("biases"), index("fixed")], outputs: [index("y")] },
      { code: 0, inputs: [index("x"), index("y")] },
      { code: 36, inputs: [index("table"), index("x")] },
      { code: 32, custom: "Unknown", inputs: [index("x"), index("custom")] },
      { code: 119, inputs: [index("called")] },
      { code: 9, inputs: [index("x"), index("last"), -1] },
    ]);
    expect(file.order).toBe("graph");
    expect(file.tensors.map(({ name }) => name)).toEqual([
      "first",
      "added",
      "biases",
      "fixed",
      "table",
      "custom",
      "called",
      "last",
    ]);
    const onlyFeeds = file.tensors.flatMap(({ name, hints }) =>
      hints?.onlyFeeds === undefined ? [] : [[name, hints.onlyFeeds]],
    );
    expect(onlyFeeds).toEqual([
      ["added", ["ADD"]],
      ["biases", ["ADD"]],
      ["fixed", ["ADD"]],
    ]);
    expect(tensorNamed(file, "table").hints).toEqual({ role: "embedding" });
  });

  it("tells roles and axes from its operators, through DEQUANTIZE too", async () => {
    const half = (name: string, ...shape: number[]): LiteTensorParts => ({
      ...ones(name, ...shape),
      type: 1,
      data: new Uint8Array(2 * shape.reduce((a, b) => a * b, 1)),
    });
    const tensors = [
      ones("conv", 8, 3, 3, 4),
      ones("depthwise", 1, 3, 3, 8),
      ones("dense", 4, 8),
      ones("bias", 4),
      ones("deconv", 4, 2, 2, 8),
      ones("table", 9, 4),
      half("half", 8, 1, 1, 4),
      { name: "half32", shape: [8, 1, 1, 4] },
      ones("gate", 4, 4),
      ones("batched", 4, 8),
      ones("media", 4, 2, 2, 8),
      ones("shuffled", 4, 8),
    ];
    const index = (name: string): number => tensors.findIndex((tensor) => tensor.name === name);
    const file = await open(tensors, [
      { code: 3, inputs: [-1, index("conv"), -1] },
      { code: 4, inputs: [-1, index("depthwise"), -1] },
      { code: 9, inputs: [-1, index("dense"), index("bias")] },
      { code: 67, inputs: [-1, index("deconv"), -1] },
      { code: 36, inputs: [index("table"), -1] },
      { code: 6, inputs: [index("half")], outputs: [index("half32")] },
      { code: 3, inputs: [-1, index("half32"), -1] },
      { code: 44, inputs: [-1, ...new Array(6).fill(-1), index("gate")] },
      { code: 126, inputs: [-1, index("batched")], options: { 1: u8(1) } },
      { code: 32, custom: "Convolution2DTransposeBias", inputs: [-1, index("media")] },
      { code: 9, inputs: [-1, index("shuffled")], options: { 1: u8(1) } },
    ]);
    const hints = Object.fromEntries(file.tensors.map(({ name, hints }) => [name, hints]));
    expect(hints).toEqual({
      conv: { role: "conv", kernelLayout: "ohwi" },
      depthwise: { role: "depthwise-conv", kernelLayout: "1hwo" },
      dense: { role: "dense", denseLayout: "out-in" },
      bias: { role: "bias" },
      deconv: { role: "transposed-conv", kernelLayout: "ohwi" },
      table: { role: "embedding" },
      half: { role: "conv", kernelLayout: "ohwi" },
      gate: { role: "recurrent", denseLayout: "out-in" },
      batched: { role: "dense", denseLayout: "out-in" },
      media: { role: "transposed-conv", kernelLayout: "ohwi" },
      shuffled: { role: "dense", denseLayout: "out-in" },
    });
    expect(file.warnings).toEqual([expect.stringMatching(/shuffled is shuffled for an old kernel/)]);
    const { layers, skipped } = planLayers(file, EVERYTHING);
    expect(layers.map(({ name, type, N, M, rf }) => [name, type, N, M, rf])).toEqual([
      ["conv", "conv2d", 8, 4, 9],
      ["dense", "dense", 8, 4, 1],
      ["deconv", "conv2d", 8, 4, 4],
      ["table", "embedding", 9, 4, 1],
      ["half", "conv2d", 8, 4, 1],
      ["gate", "recurrent", 4, 4, 1],
      ["batched", "dense", 8, 4, 1],
      ["media", "conv2d", 8, 4, 4],
    ]);
    expect(skipped.map(({ name }) => name)).toEqual(["depthwise", "bias", "shuffled"]);
    expect(
      planLayers(file, { ...EVERYTHING, conv: "flatten" }).layers.find(({ name }) => name === "depthwise"),
    ).toMatchObject({
      N: 9,
      M: 8,
    });
  });

  it("leaves out sparse tensors and unknown quantisations by name", async () => {
    const file = await open([
      { ...ones("sparse", 2, 2), extra: { 6: { table: {} } } },
      { name: "blocks", shape: [2, 2], type: 9, data: i8(1, 2, 3, 4), quantization: { 4: u8(2) } },
      { name: "words", shape: [1], type: 5, data: i8(1, 2) },
    ]);
    expect(file.tensors.map(({ floating }) => floating)).toEqual([false, false, false]);
    expect(file.warnings).toEqual([
      expect.stringMatching(/sparse is stored as a sparse tensor/),
      expect.stringMatching(/blocks is quantised by a scheme/),
    ]);
    expect((await refusal(valuesOf(tensorNamed(file, "sparse")))).message).toMatch(/sparse tensor/);
    expect((await refusal(valuesOf(tensorNamed(file, "words")))).message).toMatch(/are string/);
  });

  it("of more than 4 GiB keeps its weights behind the FlatBuffer", async () => {
    const at = 5 * 2 ** 30;
    const head = tfliteOf([{ name: "far", shape: [2, 2], buffer: { 1: u64(at), 2: u64(16) } }]);
    const source: ByteSource = {
      byteLength: at + 16,
      async read(offset, length) {
        const found = new Uint8Array(length);
        found.set(head.subarray(offset, offset + length));
        if (offset >= at) found.set(f32(1, 2, 3, 4).subarray(offset - at, offset - at + length));
        return found;
      },
    };
    const files = filesInMemory({ "m.tflite": source }, "m.tflite");
    expect(await valuesOf((await openWeightFile(files)).tensors[0])).toEqual([1, 2, 3, 4]);
    expect(files.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 ** 18);
  });

  it("names tensors of one name apart", async () => {
    const file = await open([ones("w", 2, 2), ones("w", 2, 3)]);
    expect(file.tensors.map(({ name }) => name)).toEqual(["w", "w (2)"]);
  });

  const W = { name: "w", shape: [2, 2], data: f32(1, 2, 3, 4) };
  const poke = (file: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = new Uint8Array(file);
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  };
  const good = tfliteOf([W]);
  const root = new DataView(good.buffer).getUint32(0, true);
  const HOSTILE: Record<string, { bytes: Uint8Array; says: RegExp }> = {
    "79: a root out of range": { bytes: poke(good, 0, 0xfffffff0), says: /which ends at/ },
    "79: a vtable out of range": { bytes: poke(good, root, 0x7fffffff), says: /exceeds the file|file ends/ },
    "79: a table that is its own vtable": { bytes: poke(good, root, 0), says: /vtable at|outside its table|declared/ },
    "79: a vtable of odd size": { bytes: poke(good, root - 16, 7), says: /vtable|outside/ },
    "79: a shape of 2^31 axes": {
      bytes: tfliteOf([{ ...W, extra: { 0: { vector: new Uint8Array(0), length: 2 ** 31 } } }]),
      says: /2147483648 axes are declared, more than 64/,
    },
    "79: a name longer than the file": {
      bytes: tfliteOf([{ ...W, extra: { 3: { vector: new Uint8Array(0), length: 4000 } } }]),
      says: /4000 characters of a name are declared, but the file ends before/,
    },
    "79: a buffer out of range": {
      bytes: tfliteOf([{ ...W, data: undefined, buffer: { 1: u64(2 ** 40), 2: u64(16) } }]),
      says: /a buffer of 16 bytes/,
    },
    "79: a buffer of 2^63 bytes": {
      bytes: tfliteOf([{ ...W, data: undefined, buffer: { 1: u64(8), 2: { inline: new Uint8Array(8).fill(0xff) } } }]),
      says: /larger than any file/,
    },
    "79: buffers that overlap": {
      bytes: tfliteOf([
        { ...W, data: undefined, buffer: { 1: u64(8), 2: u64(16) } },
        { ...W, data: undefined, buffer: { 1: u64(12), 2: u64(16) } },
      ]),
      says: /overlaps/,
    },
    "an operator of no code": {
      bytes: flatBufferOf({ table: { 2: { tables: [{ table: { 3: { tables: [{ table: { 0: u32(3) } }] } } }] } } }),
      says: /code 3, but there are 0/,
    },
    "fewer bytes than its shape needs": {
      bytes: tfliteOf([{ ...W, shape: [2, 3] }]),
      says: /needs 24 bytes, but its buffer has 16/,
    },
    "a negative side": { bytes: tfliteOf([{ ...W, shape: [-2, -2] }]), says: /overflows/ },
    "scales that fit no axis": {
      bytes: tfliteOf([{ ...W, type: 9, data: i8(1, 2, 3, 4), quantization: quantization([1, 2, 3]) }]),
      says: /3 scales along axis 0 do not fit/,
    },
    "scales along an axis that is not there": {
      bytes: tfliteOf([{ ...W, type: 9, data: i8(1, 2, 3, 4), quantization: quantization([1, 2], [], 7) }]),
      says: /along axis 7/,
    },
    "zero points that do not fit": {
      bytes: tfliteOf([{ ...W, type: 9, data: i8(1, 2, 3, 4), quantization: quantization([1, 2], [0]) }]),
      says: /2 scales and 1 zero points/,
    },
    "a truncated file": { bytes: good.subarray(0, 60), says: /file.* ends at/ },
  };
  for (const [what, { bytes: content, says }] of Object.entries(HOSTILE)) {
    it(`is refused with ${what}`, async () => {
      const error = await refusal(openOne("m.tflite", content));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe("malformed");
    });
  }

  it(
    "79: is refused where 10,000 subgraphs are one and the same: a small file would stand for any number of " +
      "tensors",
    async () => {
      const tensor = { table: { 0: ints(1), 3: { text: "w" } } };
      const subgraph = { table: { 0: { tables: new Array(100).fill(tensor) } } };
      const model = flatBufferOf({
        table: { 2: { tables: new Array(10_000).fill(subgraph) }, 4: { tables: [{ table: { 0: bytes(i8(1)) } }] } },
      });
      expect(model.length).toBeLessThan(50_000);
      expect((await refusal(openOne("m.tflite", model))).message).toMatch(/two subgraphs are the same/);
    },
  );
});
