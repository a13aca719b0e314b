import { describe, expect, it } from "vitest";
import { planLayers } from "#eigenscope/layers/index.js";
import { Call, dict, Name, type Pickled, tuple } from "./build-pickle.js";
import { archiveOf, tensor } from "./build-pytorch.js";
import { e4m3, e4m3Codes, plainScales, rows, scrambled, wordsOf } from "./build-quantised.js";
import { openOne, tensorNamed, valuesOf } from "./files-in-memory.js";

const EVERYTHING = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 } as const;
const stored = (key: string, storage: string, ...size: number[]) =>
  tensor({ key, size, storageClass: new Name("torch", storage) });
const f32 = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const i32 = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);

/** What torch.save writes for a tensor subclass without data of its own: its class, its shape, its attributes. */
function subclass(path: readonly [string, string], size: readonly number[], state: Record<string, Pickled>): Call {
  const type = new Name(...path);
  return new Call(new Name("torch._tensor", "_rebuild_from_type_v2"), [
    new Name("torch._utils", "_rebuild_wrapper_subclass"),
    type,
    tuple(type, new Name("torch", "bfloat16"), tuple(...size), tuple(size[1], 1), 0, null, "cpu", false),
    dict(state),
  ]);
}

describe("a pickled checkpoint of quantised weights", () => {
  it("has torchao's tensors composed of their attributes", async () => {
    const codes = e4m3Codes(60);
    const scale = plainScales(6);
    const int8 = scrambled(48, 255).map((code) => code - 127);
    const pickle = dict({
      "a.weight": subclass(["torchao.quantization", "Float8Tensor"], [6, 10], {
        qdata: new Call(new Name("torch._utils", "_rebuild_tensor_v3"), [
          ...stored("0", "ByteStorage", 6, 10).args.slice(0, 6),
          new Name("torch", "float8_e4m3fn"),
        ]),
        scale: stored("1", "FloatStorage", 6, 1),
        block_size: [1, 10],
      }),
      "b.weight": subclass(["torchao.dtypes.affine_quantized_tensor", "AffineQuantizedTensor"], [6, 8], {
        tensor_impl: subclass(["torchao.dtypes.uintx", "PlainAQTTensorImpl"], [6, 8], {
          int_data: stored("2", "CharStorage", 6, 8),
          scale: stored("1", "FloatStorage", 6),
          zero_point: stored("3", "IntStorage", 6),
        }),
        block_size: tuple(1, 8),
      }),
      "c.weight": stored("4", "FloatStorage", 3, 3),
    });
    const file = await openOne(
      "m.pt",
      archiveOf({
        pickle,
        records: {
          0: Uint8Array.from(codes),
          1: f32(scale),
          2: Uint8Array.from(int8, (code) => code & 255),
          3: i32([1, 2, 3, 0, -1, -2]),
          4: f32([1, 2, 3, 4, 5, 6, 7, 8, 9]),
        },
      }),
    );
    expect(await valuesOf(tensorNamed(file, "a.weight"))).toEqual(
      rows(6, 10, (i, j) => Math.fround(e4m3(codes[10 * i + j]) * scale[i])),
    );
    expect(await valuesOf(tensorNamed(file, "b.weight"))).toEqual(
      rows(6, 8, (i, j) => Math.fround((int8[8 * i + j] - [1, 2, 3, 0, -1, -2][i]) * scale[i])),
    );
    const { layers, skipped } = planLayers(file, EVERYTHING);
    expect(layers.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(skipped.map(({ name }) => name).sort()).toEqual([
      ...["a.weight:qdata", "a.weight:scale"],
      ...["b.weight:tensor_impl:int_data", "b.weight:tensor_impl:scale", "b.weight:tensor_impl:zero_point"],
    ]);
  });

  it("keeps a subclass of another library whole: a part of it is no weight by itself", async () => {
    const pickle = dict({
      "a.weight": subclass(["torch.distributed.tensor", "DTensor"], [6, 6], {
        _local_tensor: stored("0", "FloatStorage", 3, 6),
      }),
      "b.weight": subclass(["torchao.dtypes", "Odd"], [3, 6], { note: "no tensor" }),
    });
    const file = await openOne("m.pt", archiveOf({ pickle, records: { 0: f32(new Array(18).fill(1)) } }));
    expect(file.tensors.map(({ name, unreadable }) => [name, unreadable !== undefined])).toEqual([
      ["a.weight", true],
      ["b.weight", true],
    ]);
  });

  it("has GPTQ's weights dequantised, as in safetensors", async () => {
    const [height, width] = [16, 8];
    const q = scrambled(height * width, 16);
    const scale = plainScales(2 * width);
    const words = rows(
      2,
      width,
      (w, j) =>
        wordsOf(
          Array.from({ length: 8 }, (_, k) => q[(8 * w + k) * width + j]),
          4,
        )[0],
    );
    const pickle = dict({
      "x.qweight": stored("0", "IntStorage", 2, width),
      "x.qzeros": stored("1", "IntStorage", 2, 1),
      "x.scales": stored("2", "FloatStorage", 2, width),
    });
    const records = { 0: i32(words), 1: i32([0x77777777, 0x77777777]), 2: f32(scale) };
    const file = await openOne("pytorch_model.bin", archiveOf({ pickle, records }));
    expect(await valuesOf(tensorNamed(file, "x.weight"))).toEqual(
      rows(height, width, (i, j) => Math.fround(scale[Math.floor(i / 8) * width + j] * (q[i * width + j] - 8))),
    );
    expect(planLayers(file, EVERYTHING).layers.map(({ name }) => name)).toEqual(["x"]);
  });
});
