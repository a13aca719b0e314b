import { text as ggufText, ggufWith, pair, row } from "./build-gguf.js";
import { npyHeader, npyOf, zipOf } from "./build-numpy.js";
import { EXTERNAL, external, f32, node, ones, onnxOf, tensor } from "./build-onnx.js";
import * as stored from "./build-quantised.js";
import { safetensorsOfParts, safetensorsWith } from "./build-safetensors.js";
import { bundleOf, objectGraph } from "./build-tensorflow.js";
import { quantization, tfliteOf } from "./build-tflite.js";
import { fixture } from "./files-in-memory.js";

const array = npyOf(
  npyHeader({ shape: "(3, 4)" }),
  new Uint8Array(Float32Array.from({ length: 12 }, (_, k) => k).buffer),
);
const turned = npyOf(npyHeader({ shape: "(2, 3, 2)", fortran: true, descr: ">f4" }), new Uint8Array(48));
const manifest = {
  modelTopology: { node: [{ name: "a", op: "Const", input: [] }] },
  weightsManifest: [
    {
      paths: ["shard1", "shard2"],
      weights: [
        { name: "a", shape: [3, 4], dtype: "float32" },
        { name: "s", shape: [2], dtype: "string" },
        { name: "q", shape: [8], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      ],
    },
  ],
};
const shards = { shard1: new Uint8Array(50), shard2: Uint8Array.of(0, 0, 1, 0, 0, 0, 65, 1, 2, 3, 4, 5, 6, 7, 8) };
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Every way of storing elements, codes with scales, a body with a tensor of its own. */
function onnxModel(): Uint8Array {
  return onnxOf(
    {
      nodes: [
        node("DequantizeLinear", ["q", "s", "z"], ["w"], { attributes: { axis: 0, block_size: 2 } }),
        node("MatMul", ["x", "w"], ["y"], { name: "/a/MatMul" }),
        node("If", ["c"], ["d"], { attributes: { then_branch: { graph: [[5, ones("inner", 2, 2)]] } } }),
        node("MatMulNBits", ["x", "b", "bs"], ["e"], { attributes: { K: 20, N: 2, bits: 4, block_size: 16 } }),
        node("MatMulBnb4", ["x", "b4", "a4"], ["f"], { attributes: { K: 4, N: 4, block_size: 16, quant_type: 1 } }),
        node("GatherBlockQuantized", ["t", "i", "ts"], ["g"], {
          attributes: { bits: 4, block_size: 16, quantize_axis: 1 },
        }),
        node("Attention", ["x", "qkv"], ["h1"], { domain: "com.microsoft", attributes: { num_heads: 2 } }),
        node("MatMul", ["x", "qkv"], ["p"]),
        node("MultiHeadAttention", ["p"], ["o"], { domain: "com.microsoft", attributes: { num_heads: 2 } }),
        node("F", ["qkv"], ["r"], { domain: "local" }),
      ],
      initializers: [
        tensor("q", [4, 2], { type: 22, raw: Uint8Array.of(1, 2, 3, 4) }),
        tensor("s", [2, 2], { raw: f32(1, 2, 3, 4) }),
        tensor("z", [2, 2], { type: 22, raw: Uint8Array.of(1, 2) }),
        tensor("h", [3], { type: 10, extra: [[5, Uint8Array.of(0x80, 0x78, 0x81, 0x78, 0)]] }),
        tensor("b", [2, 2, 8], { type: 2, raw: new Uint8Array(32).fill(0x35) }),
        tensor("bs", [4], { raw: f32(1, 2, 3, 4) }),
        tensor("b4", [8], { type: 2, raw: new Uint8Array(8).fill(0x35) }),
        tensor("a4", [1], { raw: f32(2) }),
        tensor("t", [2, 16], { type: 2, raw: new Uint8Array(32).fill(0x35) }),
        tensor("ts", [2, 2], { raw: f32(1, 2, 3, 4) }),
        ones("qkv", 2, 12),
        tensor("far", [2, 2], { extra: [external("location", "w.bin"), external("offset", 0), EXTERNAL] }),
      ],
    },
    [
      25,
      [
        [1, "F"],
        [4, "v"],
        [7, node("MatMul", ["x", "v"], ["y"])],
        [10, "local"],
      ],
    ],
  );
}

/** The files of a folder among the fixtures. */
function folderOf(folder: string, names: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [name, fixture(`${folder}/${name}`)]));
}

/** A sound model: the file that is named, and all files beside it. */
export interface Subject {
  readonly entry: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A sound model of each kind, small enough that damage anywhere is likely to matter. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  safetensors: {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsWith({
        a: { shape: [3, 4], values: new Float32Array(12) },
        "b.c": { shape: [2], values: [1, 2] },
      }),
    },
  },
  "safetensors index": {
    entry: "x.index.json",
    files: {
      "x.index.json": text({ weight_map: { a: "s1", b: "s2" } }),
      s1: safetensorsWith({ a: { shape: [1], values: [1] } }),
      s2: safetensorsWith({ b: { shape: [1], values: [1] } }),
    },
  },
  "quantised safetensors": {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsOfParts({
        "a.weight": stored.u32([2, 4], [1, -2, 3, -4, 5, -6, 7, -8]),
        "a.scales": stored.f32([2, 1], [1, 2]),
        "a.biases": stored.f32([2, 1], [3, 4]),
        "b.qweight": stored.i32([1, 8], [1, -2, 3, -4, 5, -6, 7, -8]),
        "b.qzeros": stored.i32([1, 1], [0x12345678]),
        "b.scales": stored.f32([1, 8], [1, 2, 3, 4, 5, 6, 7, 8]),
        "b.g_idx": stored.i32([8], [0, 0, 0, 0, 0, 0, 0, 0]),
        "c.weight": stored.bytes("U8", [4, 1], [1, 2, 3, 4]),
        "c.weight.absmax": stored.f32([1], [2]),
        "c.weight.quant_map": stored.f32([16], new Array(16).fill(0.5)),
        "c.weight.quant_state.bitsandbytes__nf4": stored.bytes("U8", [30], [...text({ blocksize: 64, shape: [2, 4] })]),
        "d.weight": stored.bytes("F8_E4M3", [2, 2], [1, 2, 3, 4]),
        "d.weight_scale_inv": stored.f32([1, 1], [2]),
      }),
      "config.json": text({ quantization: { bits: 4, group_size: 32 } }),
    },
  },
  "schemes of safetensors": {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsOfParts(
        {
          "a._weight_qdata": stored.bytes("U8", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
          "a._weight_scale": stored.bf16([2, 2], [1, 2, 3, 4]),
          "b.W_q": stored.bytes("U8", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
          "b.scale": stored.f32([4, 1], [1, 2, 3, 4]),
          "b.zero": stored.f32([4, 1], [1, 2, 3, 4]),
          "b.nbits": stored.i64([1], [4]),
          "b.axis": stored.i64([1], [1]),
          "b.shape": stored.i64([2], [2, 8]),
          "c.weight.compressed": stored.f32([2, 2], [1, 2, 3, 4]),
          "c.weight.bitmask": stored.bytes("U8", [2, 1], [5, 3]),
          "c.weight.shape": stored.i64([2], [2, 4]),
          "d.weight_packed": stored.i32([2, 1], [1, -2]),
          "d.weight_scale": stored.f32([2, 2], [1, 2, 3, 4]),
          "d.weight_shape": stored.i64([2], [2, 8]),
          "d.weight_zero_point": stored.i32([1, 2], [7, 9]),
          "d.weight_g_idx": stored.i32([8], [0, 1, 0, 1, 0, 1, 0, 1]),
          "e.w13_weight": stored.bytes("U8", [2, 1, 8], new Array(16).fill(0x35)),
          "e.w13_weight_scale": stored.bytes("F8_E4M3", [2, 1, 1], [60, 70]),
          "e.w13_weight_scale_2": stored.f32([2], [1, 2]),
          "f.weight": stored.bytes("I8", [2, 3], [1, 2, 3, 4, 5, 6]),
          "f.weight_scales": stored.bf16([3], [1, 2, 3]),
          "g.weight": stored.bytes("F8_E4M3", [3, 4], new Array(12).fill(60)),
          "g.scale": stored.bytes("F8_E8M0", [1, 1], [127]),
          "h.kernel": stored.bytes("I8", [2, 2], [127, 1, 2, 127]),
          "h.kernel_scale": stored.f32([2], [1, 2]),
          "i.B": stored.i32([1, 128], new Array(128).fill(0x12345678)),
          "i.s": stored.f32([1, 64], new Array(64).fill(2)),
          "j.qweight": stored.i32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
          "j.qzeros": stored.i32([2, 4], [1, 0, 0, 0, 2, 0, 0, 0]),
          "j.scales": stored.f32([2, 32], new Array(64).fill(2)),
          "k.weight": stored.bytes("F8_E4M3FNUZ", [2, 2], [1, 2, 3, 4]),
          "k.weight_scale": stored.f32([1], [2]),
        },
        { "a.weight": '{"_type": "Int4Tensor", "_data": {"block_size": [1, 4]}}' },
      ),
      "config.json": text({ quantization_config: { weight_block_size: [128, 128] } }),
    },
  },
  "ternary safetensors with both configurations": {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsOfParts({
        "a.weight": stored.bytes("U8", [2, 3], [0, 1, 2, 4, 8, 0x24]),
        "a.weight_scale": stored.f32([1], [2]),
      }),
      "config.json": text({ quantization_config: { quant_method: "bitnet", linear_class: "autobitlinear" } }),
      "quantize_config.json": text({ quant_method: "bitnet" }),
    },
  },
  "an adapter with its configuration": {
    entry: "adapter_model.safetensors",
    files: {
      "adapter_model.safetensors": safetensorsOfParts(
        {
          "m.q_proj.lora_A.weight": stored.f32([2, 3], [1, 2, 3, 4, 5, 6]),
          "m.q_proj.lora_B.weight": stored.bf16([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
          "m.q_proj.lora_magnitude_vector": stored.f32([4], [1, 2, 3, 4]),
          "m.k_proj.lora_down.weight": stored.f32([1, 3], [1, 2, 3]),
          "m.k_proj.lora_up.weight": stored.f32([2, 1], [1, 2]),
          "m.k_proj.alpha": stored.f32([1], [2]),
        },
        { lora_adapter_metadata: '{"m.r": 2, "m.lora_alpha": 4}' },
      ),
      "adapter_config.json": text({ r: 2, lora_alpha: 3, alpha_pattern: { "q.*|k": 5 }, use_rslora: true }),
    },
  },
  "parametrised weights": {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsWith({
        "a.weight_orig": { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
        "a.weight_u": { shape: [2], values: [1, 0] },
        "a.weight_v": { shape: [3], values: [0, 1, 0] },
        "b.weight_g": { shape: [2, 1], values: [1, 2] },
        "b.weight_v": { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
        "c.parametrizations.weight.original": { shape: [2, 2], values: [1, 2, 3, 4] },
        "c.parametrizations.weight.0._u": { shape: [2], values: [1, 0] },
        "c.parametrizations.weight.0._v": { shape: [2], values: [1, 0] },
        "d.weight_orig": { shape: [2, 2], values: [1, 2, 3, 4] },
        "d.weight_mask": { shape: [2, 2], values: [1, 0, 1, 1] },
        "e.layers.q.kernel": { shape: [2, 3, 4], values: new Float32Array(24).fill(1) },
        "e.layers.k.kernel": { shape: [2, 3, 4], values: new Float32Array(24).fill(2) },
      }),
    },
  },
  npy: { entry: "x.npy", files: { "x.npy": array } },
  "npy in Fortran order": { entry: "x.npy", files: { "x.npy": turned } },
  "npz stored": {
    entry: "x.npz",
    files: {
      "x.npz": zipOf(
        [
          { name: "a.npy", data: array },
          { name: "b.npy", data: turned },
        ],
        { zip64: true },
      ),
    },
  },
  "npz deflated": {
    entry: "x.npz",
    files: {
      "x.npz": zipOf([
        { name: "a.npy", data: array, method: 8 },
        { name: "b.npy", data: turned, method: 8 },
      ]),
    },
  },
  gguf: {
    entry: "x.gguf",
    files: {
      "x.gguf": ggufWith(
        {
          "token_embd.weight": { type: 12, dimensions: [256, 2], bytes: new Uint8Array(288).fill(0x35) },
          b: { type: 2, dimensions: [32, 1, 2], bytes: new Uint8Array(36).fill(0x53) },
          c: row(1, 2, 3),
        },
        {
          pairs: [
            pair.text("general.architecture", "llama"),
            pair.u32("general.alignment", 32),
            pair.array("tokens", 8, [ggufText("a"), ggufText("bc")]),
            pair.array("scores", 6, [new Uint8Array(8)], 2),
            pair.array("comfy.gguf.orig_shape.b", 5, [Uint8Array.of(4, 0, 0, 0), Uint8Array.of(16, 0, 0, 0)]),
          ],
        },
      ),
    },
  },
  "a gguf adapter": {
    entry: "x.gguf",
    files: {
      "x.gguf": ggufWith(
        {
          "blk.0.attn_q.weight.lora_a": { type: 0, dimensions: [3, 2], bytes: f32(1, 2, 3, 4, 5, 6) },
          "blk.0.attn_q.weight.lora_b": { type: 0, dimensions: [2, 2], bytes: f32(1, 2, 3, 4) },
        },
        { pairs: [pair.text("general.type", "adapter"), pair.f32("adapter.lora.alpha", 8)] },
      ),
    },
  },
  "gguf in parts": {
    entry: "m-00001-of-00002.gguf",
    files: {
      "m-00001-of-00002.gguf": ggufWith(
        { a: row(1) },
        { pairs: [pair.u16("split.no", 0), pair.u16("split.count", 2)] },
      ),
      "m-00002-of-00002.gguf": ggufWith(
        { b: row(2) },
        { pairs: [pair.u16("split.no", 1), pair.u16("split.count", 2)] },
      ),
    },
  },
  tensorflow: {
    entry: "ck.index",
    files: bundleOf({
      _CHECKPOINTABLE_OBJECT_GRAPH: objectGraph({ attribute: ["net/w", "w/.ATTRIBUTES/VARIABLE_VALUE"] }),
      "a/kernel": { shape: [2, 2], bytes: f32(1, 2, 3, 4) },
      "w/.ATTRIBUTES/VARIABLE_VALUE": { shape: [2], bytes: f32(1, 2) },
    }),
  },
  onnx: { entry: "x.onnx", files: { "x.onnx": onnxModel(), "w.bin": f32(1, 2, 3, 4) } },
  tflite: {
    entry: "x.tflite",
    files: {
      "x.tflite": tfliteOf(
        [
          { name: "w", shape: [2, 2], data: f32(1, 2, 3, 4) },
          {
            name: "q",
            shape: [2, 4],
            type: 9,
            data: new Uint8Array(8).fill(3),
            quantization: quantization([1, 2], [0, 1]),
          },
          { name: "n", shape: [3], type: 17, data: Uint8Array.of(0x21, 3), quantization: quantization([0.5]) },
        ],
        [
          { code: 9, inputs: [-1, 0], options: { 1: { inline: Uint8Array.of(0) } } },
          { code: 3, inputs: [-1, 1] },
        ],
      ),
    },
  },
  "hdf5, old": { entry: "x.h5", files: { "x.h5": fixture("small_earliest.h5") } },
  "hdf5, new": { entry: "x.h5", files: { "x.h5": fixture("small_v110.h5") } },
  keras: {
    entry: "x.keras",
    files: {
      "x.keras": zipOf([
        { name: "config.json", data: text({ class_name: "Sequential" }) },
        { name: "model.weights.h5", data: fixture("small_v110.h5") },
      ]),
    },
  },
  "keras in shards": {
    entry: "model.weights.json",
    files: folderOf("keras_shards", ["model.weights.json", "model_00000.weights.h5", "model_00001.weights.h5"]),
  },
  "torch.distributed.checkpoint": {
    entry: "__0_0.distcp",
    files: folderOf("dcp_2x", [".metadata", "__0_0.distcp", "__1_0.distcp"]),
  },
  "torch.distributed.checkpoint of 1.13": {
    entry: "__0_0.distcp",
    files: folderOf("dcp_113", [".metadata", "__0_0.distcp", "__0_1.distcp", "__0_2.distcp"]),
  },
  flax: { entry: "x.msgpack", files: { "x.msgpack": fixture("flax.msgpack") } },
  tfjs: { entry: "model.json", files: { "model.json": text(manifest), ...shards } },
};
