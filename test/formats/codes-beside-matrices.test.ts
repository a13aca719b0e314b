import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { ggufWith } from "./build-gguf.js";
import { hdf5Of } from "./build-hdf5.js";
import { npyHeader, npyOf, zipOf } from "./build-numpy.js";
import { node, onnxOf, tensor as onnxTensor } from "./build-onnx.js";
import { Name, type Pickled } from "./build-pickle.js";
import { archiveOf, tensor as torchTensor } from "./build-pytorch.js";
import { safetensorsOfParts } from "./build-safetensors.js";
import { bundleOf } from "./build-tensorflow.js";
import { tfliteOf } from "./build-tflite.js";
import { concat, filesInMemory } from "./files-in-memory.js";

/** A tensor as any format may store it. */
interface Stored {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly shape: readonly number[];
}

/** Bytes per element, and each format's word for the type. */
const TYPES = {
  F32: { bytes: 4, npy: "<f4", torch: "FloatStorage", gguf: 0, onnx: 1, tensorflow: 1, tflite: 0, tfjs: "float32" },
  U8: { bytes: 1, npy: "|u1", torch: "ByteStorage", gguf: undefined, onnx: 2, tensorflow: 4, tflite: 3, tfjs: "uint8" },
  I8: { bytes: 1, npy: "|i1", torch: "CharStorage", gguf: 24, onnx: 3, tensorflow: 6, tflite: 9, tfjs: "int8" },
  I16: { bytes: 2, npy: "<i2", torch: "ShortStorage", gguf: 25, onnx: 5, tensorflow: 5, tflite: 7, tfjs: "int16" },
  I32: { bytes: 4, npy: "<i4", torch: "IntStorage", gguf: 26, onnx: 6, tensorflow: 3, tflite: 2, tfjs: "int32" },
} as const;

/** Their names in the field, and words that no list has. */
const CODE_NAMES = [
  ...["qweight", "weight_packed", "W_q", "qdata", "codes", "trellis", "q_weight", "Qidxs", "indices", "weight", "B"],
  ...["weight._data", "weight:qdata", "_weight_qdata", "packed", "payload", "xq", "kernel", "int_weight", "blob"],
];
const MATRIX_NAMES = [
  ...[
    "scales",
    "weight_scale",
    "s",
    "scale_and_zero",
    "absmax",
    "codebook",
    "lut",
    "tables2",
    "U",
    "residual",
    "basis",
  ],
  ...[
    "weight.absmax",
    "weight:scale",
    "_weight_scale",
    "meta.scale",
    "offsets",
    "lora_down",
    "proj_up",
    "hadamard",
    "m",
  ],
];

const side = fc.integer({ min: 12, max: 40 });
/** Of three sides: every tensor is written thousands of times. */
const short = fc.integer({ min: 12, max: 18 });
const codes = fc.record({
  name: fc.constantFrom(...CODE_NAMES),
  type: fc.constantFrom<Stored["type"]>("U8", "I8", "I16", "I32"),
  // Flat codes are longer than any side of a matrix.
  shape: fc.oneof(fc.tuple(side, side), fc.tuple(short, short, short), fc.tuple(fc.integer({ min: 100, max: 400 }))),
});
const matrix = fc.record({
  name: fc.constantFrom(...MATRIX_NAMES),
  type: fc.constant<Stored["type"]>("F32"),
  shape: fc.oneof(fc.tuple(side, side), fc.tuple(short, short, short)),
});
const modules = fc.array(fc.tuple(codes, fc.array(matrix, { minLength: 1, maxLength: 3 })), {
  minLength: 1,
  maxLength: 3,
});

const CONTROL: Stored = { name: "plain.weight", type: "F32", shape: [16, 24] };

/** The names of modules and their members as a format separates them. */
type Naming = (name: string) => string;
const dotted: Naming = (name) => name;
const slashed: Naming = (name) => name.replaceAll(".", "/");
/** A group per module: where a path has many parts, "weight" and "weight/absmax" would be a dataset and a group. */
const grouped: Naming = (name) => name.replace(".", "/");

/** Modules m0, m1, ... of codes and matrices, and a module with one plain matrix. */
function tensorsOf(drawn: readonly (readonly [Stored, readonly Stored[]])[], naming: Naming): Stored[] {
  const byName = new Map<string, Stored>();
  for (const [k, [packed, matrices]] of drawn.entries())
    for (const each of [...matrices, packed]) {
      const name = naming(`m${k}.${each.name}`);
      byName.set(name, { ...each, name });
    }
  return [...byName.values(), { ...CONTROL, name: naming(CONTROL.name) }];
}

const elements = ({ shape }: Stored): number => shape.reduce((product, length) => product * length, 1);

/** Small numbers of any type: a scheme that takes them for settings or zero points finds nothing odd. */
function bytesOf(stored: Stored): Uint8Array {
  const values = Array.from({ length: elements(stored) }, (_, k) => (k * 7) % 5);
  const array = { F32: Float32Array, U8: Uint8Array, I8: Int8Array, I16: Int16Array, I32: Int32Array }[stored.type];
  return new Uint8Array(array.from(values).buffer);
}

type Writer = (tensors: readonly Stored[]) => { readonly entry: string; readonly files: Record<string, Uint8Array> };

const WRITERS: Record<string, { readonly naming: Naming; readonly write: Writer }> = {
  safetensors: {
    naming: dotted,
    write: (tensors) => {
      const parts = tensors.map((each) => [each.name, { dtype: each.type, shape: each.shape, bytes: bytesOf(each) }]);
      return { entry: "x.safetensors", files: { "x.safetensors": safetensorsOfParts(Object.fromEntries(parts)) } };
    },
  },
  npz: {
    naming: dotted,
    write: (tensors) => {
      const pieces = tensors.map((each) => ({
        name: `${each.name}.npy`,
        data: npyOf(npyHeader({ descr: TYPES[each.type].npy, shape: `(${each.shape.join(", ")},)` }), bytesOf(each)),
      }));
      return { entry: "x.npz", files: { "x.npz": zipOf(pieces) } };
    },
  },
  pytorch: {
    naming: dotted,
    write: (tensors) => {
      const entries = tensors.map((each, k): [Pickled, Pickled] => [
        each.name,
        torchTensor({ key: `${k}`, size: each.shape, storageClass: new Name("torch", TYPES[each.type].torch) }),
      ]);
      const records = Object.fromEntries(tensors.map((each, k) => [`${k}`, bytesOf(each)]));
      return { entry: "x.pt", files: { "x.pt": archiveOf({ pickle: new Map(entries), records }) } };
    },
  },
  gguf: {
    naming: dotted,
    write: (tensors) => {
      const stored = tensors.map((each) => {
        const type = TYPES[each.type].gguf ?? TYPES.I8.gguf;
        return [each.name, { type, dimensions: [...each.shape].reverse(), bytes: bytesOf(each) }];
      });
      return { entry: "x.gguf", files: { "x.gguf": ggufWith(Object.fromEntries(stored)) } };
    },
  },
  "onnx, whose operator nobody knows": {
    naming: dotted,
    write: (tensors) => {
      const initializers = tensors.map((each) =>
        onnxTensor(each.name, [...each.shape], { type: TYPES[each.type].onnx, raw: bytesOf(each) }),
      );
      const taken = tensors.map(({ name }) => name).filter((name) => name !== CONTROL.name);
      const nodes = [
        node("Dequantise", ["x", ...taken], ["y"], { domain: "vendor" }),
        node("MatMul", ["y", CONTROL.name], ["z"]),
      ];
      return { entry: "x.onnx", files: { "x.onnx": onnxOf({ nodes, initializers }) } };
    },
  },
  "tensorflow's checkpoints": {
    naming: slashed,
    write: (tensors) => {
      const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
      const stored = sorted.map((each) => [
        each.name,
        { type: TYPES[each.type].tensorflow, shape: each.shape, bytes: bytesOf(each) },
      ]);
      return { entry: "ck.index", files: bundleOf(Object.fromEntries(stored)) };
    },
  },
  hdf5: {
    naming: grouped,
    write: (tensors) => ({
      entry: "x.h5",
      files: { "x.h5": hdf5Of(tensors.map((each) => ({ ...each, bytes: bytesOf(each) }))) },
    }),
  },
  "tflite, whose operator nobody knows": {
    naming: slashed,
    write: (tensors) => {
      const stored = tensors.map((each) => {
        const { name, shape, type } = each;
        return { name, shape, type: TYPES[type].tflite, data: bytesOf(each) };
      });
      const control = tensors.length - 1;
      const operators = [
        { code: 32, custom: "Dequantise", inputs: [...stored.keys()].slice(0, control) },
        { code: 9, inputs: [-1, control] },
      ];
      return { entry: "x.tflite", files: { "x.tflite": tfliteOf(stored, operators) } };
    },
  },
  "tensorflow.js, without a topology": {
    naming: slashed,
    write: (tensors) => {
      const weights = tensors.map(({ name, shape, type }) => ({ name, shape, dtype: TYPES[type].tfjs }));
      const manifest = JSON.stringify({ weightsManifest: [{ paths: ["shard"], weights }] });
      const files = { "model.json": new TextEncoder().encode(manifest), shard: concat(...tensors.map(bytesOf)) };
      return { entry: "model.json", files };
    },
  },
};

describe("no floating-point matrix beside packed integers of its module is a layer", () => {
  for (const [format, { naming, write }] of Object.entries(WRITERS)) {
    it(`in ${format}, and a plain matrix of another module is one`, async () => {
      await fc.assert(
        fc.asyncProperty(modules, async (drawn) => {
          const tensors = tensorsOf(drawn, naming);
          const { entry, files } = write(tensors);
          const file = await openWeightFile(filesInMemory(files, entry));
          const { layers, skipped } = planLayers(file, {
            ...{ conv: "slices", include: [], exclude: [], minEigenvalues: 1 },
          });
          const undecoded = layers.filter(({ quantised }) => !quantised).map(({ tensorName }) => tensorName);
          expect(undecoded).toEqual([naming(CONTROL.name)]);
          const listed = new Set([...skipped.map(({ name }) => name), ...layers.map(({ tensorName }) => tensorName)]);
          for (const { name } of tensors) expect(listed).toContain(name);
        }),
        { seed: 3, numRuns: 150 },
      );
    });
  }
});
