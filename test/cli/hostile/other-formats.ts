import { crc32c } from "#eigenscope/bytes/checksum.js";
import { type Gguf, ggufOf, ggufWith, type Info, pair, row, text } from "../../formats/build-gguf.js";
import { npyHeader, npyOf, zipOf } from "../../formats/build-numpy.js";
import { EXTERNAL, external, type Field, f32, message, onnxOf, tensor, varint } from "../../formats/build-onnx.js";
import { bundleOf } from "../../formats/build-tensorflow.js";
import { tfliteOf } from "../../formats/build-tflite.js";
import { concat, fixture, littleEndian } from "../../formats/files-in-memory.js";
import { file, type HostileCase } from "./hostile-case.js";

const SIXTEEN = new Uint8Array(16);

const one = (info: Partial<Info>, parts: Gguf = {}): Uint8Array =>
  ggufOf({ infos: [{ name: "a", dimensions: [4], type: 0, offset: 0, ...info }], data: SIXTEEN, ...parts });
const gguf = (number: number, what: string, bytes: () => Uint8Array, refused: RegExp): HostileCase =>
  file(number, what, "x.gguf", bytes, refused);
const nested = (depth: number): Uint8Array =>
  depth === 0 ? Uint8Array.of(1) : concat(littleEndian([depth === 1 ? 0 : 9, 4], [1, 8]), nested(depth - 1));
const longKey = (): Uint8Array => concat("GGUF", littleEndian([3, 4], [0, 8], [1, 8], [2n ** 60n, 8]), SIXTEEN);
const longText = (): Uint8Array =>
  concat(one({}, { pairs: [{ key: "k", type: 8, value: littleEndian([5e12, 8]) }] }), text("x"));
const firstOfTwo = (): Uint8Array =>
  ggufWith(
    { a: row(1) },
    { pairs: [pair.text("general.architecture", "llama"), pair.u16("split.no", 0), pair.u16("split.count", 2)] },
  );

export const GGUF: readonly HostileCase[] = [
  gguf(41, "version 4", () => one({}, { version: 4 }), /version 4 of the format is unknown/),
  gguf(42, "2^63 tensors", () => one({}, { tensorCount: 2n ** 63n }), /9223372036854775808 tensors are declared/),
  gguf(43, "a key of 2^60 bytes", longKey, /1152921504606846976/),
  gguf(43, "a text of 5 TB", longText, /5000000000000/),
  gguf(
    44,
    "arrays nested without end",
    () => one({}, { pairs: [{ key: "k", type: 9, value: nested(9) }] }),
    /nests arrays deeper than 4/,
  ),
  gguf(45, "a product of 2^64", () => one({ dimensions: [2 ** 32, 2 ** 32] }), /overflow/),
  gguf(46, "bytes that wrap around", () => one({ offset: 2 ** 53 - 32 }), /its data end at \d+, but the file ends at/),
  gguf(47, "data past the end", () => one({ offset: 32 }), /its data end at \d+, but the file ends at/),
  gguf(48, "an unknown type", () => one({ type: 9999 }), /type 9999/),
  gguf(49, "alignment 0", () => one({}, { pairs: [pair.u32("general.alignment", 0)] }), /"general\.alignment" is 0/),
  gguf(50, "a key twice", () => one({}, { pairs: [pair.u32("k", 1), pair.u32("k", 2)] }), /key "k" occurs twice/),
  gguf(
    51,
    "rows that are no multiple of a block",
    () => one({ dimensions: [16, 2], type: 2 }, { data: new Uint8Array(18) }),
    /not a multiple/,
  ),
  file(52, "a missing part", "m-00001-of-00002.gguf", firstOfTwo, /part m-00002-of-00002\.gguf does not exist/),
];

const beside = (...entries: readonly (readonly [string, string | number])[]): Uint8Array =>
  onnxOf({
    initializers: [tensor("w", [2, 2], { extra: [...entries.map(([key, value]) => external(key, value)), EXTERNAL] })],
  });
const onnx = (number: number, what: string, bytes: () => Uint8Array, refused: RegExp): HostileCase => ({
  number,
  what,
  files: () => ({ "x.onnx": bytes(), "w.bin": f32(1, 2, 3, 4) }),
  input: "x.onnx",
  refused,
});
const withTensor = (...fields: readonly Field[]): Uint8Array => onnxOf({ extra: [[5, message(...fields)]] });
const sparse = (...indices: readonly number[]): Uint8Array => {
  const parts: readonly Field[] = [
    [1, tensor("s", [indices.length], { raw: f32(...indices) })],
    [2, tensor("", [indices.length], { type: 7, extra: [[7, concat(...indices.map(varint))]] })],
    [3, 2],
    [3, 3],
  ];
  return onnxOf({ extra: [[15, parts]] });
};

export const ONNX: readonly HostileCase[] = [
  onnx(53, "weights outside the folder", () => beside(["location", "../w.bin"]), /not a plain name/),
  onnx(54, "an unknown key", () => beside(["location", "w.bin"], ["mode", "x"]), /mode/),
  onnx(
    55,
    "an offset past the end",
    () => beside(["location", "w.bin"], ["offset", 4]),
    /file ends at|has 16 bytes|16/,
  ),
  onnx(
    56,
    "a length past its parent",
    () => withTensor(concat(varint(8 * 8 + 2), varint(1000), SIXTEEN)),
    /are left in its message/,
  ),
  onnx(57, "data of another shape", () => withTensor(...tensor("w", [2, 3], { raw: f32(1, 2, 3, 4) })), /tensor "w"/),
  onnx(
    58,
    "data in two places",
    () => withTensor(...tensor("w", [1], { raw: f32(1), extra: [[4, f32(2)]] })),
    /in two places/,
  ),
  onnx(60, "a sparse index out of range", () => sparse(1, 6), /index 6 is outside its shape/),
];

const hdf5 = (number: number, what: string, name: string, refused: RegExp): HostileCase => ({
  // Some of them name m.h5, which nobody may open.
  ...file(number, what, name, () => fixture(name), refused),
  files: () => ({ [name]: fixture(name), "m.h5": fixture("m.h5") }),
});
const keras = (config: string, weights: string): Uint8Array =>
  zipOf([
    { name: "config.json", data: new TextEncoder().encode(config) },
    { name: weights, data: fixture("k.weights.h5") },
  ]);
const LAMBDA = JSON.stringify({
  config: { layers: [{ class_name: "Lambda", config: { name: "x", function: ["gAR9cQ==", null, null] } }] },
});

export const HDF5: readonly HostileCase[] = [
  hdf5(61, "a link into another file", "h_ext.h5", /which is not opened/),
  hdf5(62, "soft links in a circle", "h_softloop.h5", /leads in a cycle/),
  hdf5(63, "a virtual dataset", "h_vds.h5", /virtual dataset/),
  hdf5(64, "external storage", "h_extst.h5", /external storage/),
  hdf5(65, "a shape bomb", "h_bomb.h5", /8000000000 bytes are declared, but only 0 are stored/),
  hdf5(66, "a group that contains itself", "h_loop.h5", /contains itself/),
  hdf5(67, "an unknown filter", "h_filter.h5", /scale-offset/),
  file(68, "weights that leave the archive", "k.keras", () => keras("{}", "../model.weights.h5"), /a member is called/),
  {
    number: 68,
    what: "a layer that is code",
    files: () => ({ "k.keras": keras(LAMBDA, "model.weights.h5") }),
    input: "k.keras",
    read: { says: /Lambda layers hold code.*not run/ },
  },
  hdf5(69, "random corruption", "h_fuzz0.h5", /not aligned/),
];

const npy = (number: number, what: string, bytes: () => Uint8Array, refused: RegExp): HostileCase =>
  file(number, what, "x.npy", bytes, refused);
const longHeader = (): Uint8Array =>
  concat(npyOf("", undefined, [2, 0]).subarray(0, 8), Uint8Array.of(255, 255, 255, 255));
const structured = (): Uint8Array =>
  npyOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", SIXTEEN);
const bigEndian = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, k) => {
    new DataView(bytes.buffer).setFloat32(4 * k, value);
  });
  return bytes;
};
const swollen = (): Uint8Array =>
  zipOf([{ name: "a.npy", data: npyOf(npyHeader({}), SIXTEEN), central: { bytes: 4e9 }, local: { bytes: 4e9 } }]);

export const NUMPY: readonly HostileCase[] = [
  npy(70, "a header that is an expression", () => npyOf("__import__('os').system('id')"), /not a dictionary/),
  npy(71, "Python objects", () => npyOf(npyHeader({ descr: "|O" }), SIXTEEN), /never loaded/),
  npy(
    72,
    "more elements than bytes",
    () => npyOf(npyHeader({ shape: "(5,)" }), SIXTEEN),
    /needs 20 bytes, but there are 16/,
  ),
  npy(73, "a header of 4 GiB", longHeader, /4294967295 bytes/),
  npy(74, "a structured type", structured, /structured types/),
  {
    number: 74,
    what: "big-endian columns",
    files: () => ({
      "x.npy": npyOf(npyHeader({ descr: ">f4", fortran: true, shape: "(2, 2)" }), bigEndian(1, 3, 2, 4)),
    }),
    input: "x.npy",
    flags: ["--json"],
    // 1 + 4 + 9 + 16, if every byte is where it should be.
    read: { says: /"norm": (?:30|29\.99999|30\.00000)/ },
  },
  file(75, "a member that declares more than is stored", "x.npz", swollen, /x\.npz/),
];

const A = { name: "a", shape: [2, 2], dtype: "float32" };
const tfjs = (number: number, what: string, path: string, shard: Uint8Array, refused: RegExp): HostileCase => ({
  number,
  what,
  files: () => ({
    "model.json": JSON.stringify({ weightsManifest: [{ paths: [path], weights: [A] }] }),
    "s.bin": shard,
  }),
  input: "model.json",
  refused,
});
const rootless = (): Uint8Array => {
  const bytes = new Uint8Array(tfliteOf([{ name: "w", shape: [2, 2], data: SIXTEEN }]));
  new DataView(bytes.buffer).setUint32(0, 0xfffffff0, true);
  return bytes;
};
const ONE = { shape: [1], bytes: f32(1) };
const checkpoint = (number: number, what: string, files: HostileCase["files"], refused: RegExp): HostileCase => ({
  number,
  what,
  files,
  input: "ck.index",
  refused,
});

export const TENSORFLOW: readonly HostileCase[] = [
  tfjs(76, "a shard outside the folder", "../secret.bin", SIXTEEN, /not a plain name/),
  tfjs(77, "too few bytes", "s.bin", SIXTEEN.subarray(4), /at least 16 bytes, but the shards hold 12/),
  tfjs(78, "gzip inside", "s.bin", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /gzip-compressed/),
  file(79, "an offset out of range", "x.tflite", rootless, /file.* ends at/),
  checkpoint(
    80,
    "a block of a wrong checksum",
    () => bundleOf({ w: ONE }, { block: (contents) => ({ contents, checksum: crc32c(contents) }) }),
    /checksum \(masked CRC-32C\) is wrong/,
  ),
  checkpoint(
    81,
    "a data shard out of range",
    () => bundleOf({ w: { ...ONE, shard: 1 } }),
    /its data shard is number 1, but there are 1/,
  ),
];
