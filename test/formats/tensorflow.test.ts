import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "#eigenscope/bytes/checksum.js";
import { masked } from "#eigenscope/bytes/masked-checksum.js";
import { type ByteSource, FormatError, openWeightFile } from "#eigenscope/formats/index.js";
import { snappyDecompress } from "#eigenscope/formats/tensorflow/snappy.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import { f32, message, varint } from "./build-onnx.js";
import {
  type BundleParts,
  blockOf,
  bundleOf,
  objectGraph,
  type StoredTensor,
  stringTensor,
  tableOf,
} from "./build-tensorflow.js";
import { LONG } from "./damage.js";
import { concat, filesInMemory, fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

/** Runs of each property; `FUZZ_RUNS=1000000 npx vitest run test/formats/tensorflow.test.ts` is the long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 400);

const FIXTURES = new URL("../fixtures/formats/", import.meta.url);

/** A folder of fixtures, all of its files. */
function folder(name: string): Record<string, Uint8Array> {
  const root = new URL(`${name}/`, FIXTURES);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  return Object.fromEntries(
    files.map((item) => {
      const path = `${item.parentPath}/${item.name}`.replace(/\/+/g, "/");
      return [path.slice(root.pathname.length), new Uint8Array(readFileSync(path))];
    }),
  );
}

const open = (files: Record<string, Uint8Array | string>, entry?: string) =>
  openWeightFile(filesInMemory(files, entry));
const bundle = (tensors: Record<string, StoredTensor>, parts?: BundleParts) =>
  open(bundleOf(tensors, parts), "ck.index");
const reasonsIn = async (file: ReturnType<typeof open>) =>
  Object.fromEntries(planLayers(await file, EVERYTHING).skipped.map(({ name, reason }) => [name, reason]));

/** The header of a bundle in one data shard. */
const HEAD = ["", message([1, 1], [3, [[1, 1]]])] as const;

async function kernelOfD1(): Promise<number[]> {
  return valuesOf((await openOne("k_d1.npy", fixture("k_d1.npy"))).tensors[0]);
}

describe("a TensorFlow checkpoint", () => {
  it("gives its variables under Keras' names, whichever of its files is named, and from its folder", async () => {
    const files = folder("tfckpt");
    for (const entry of ["ck.index", "ck.data-00000-of-00001", undefined]) {
      const file = await open(files, entry);
      expect(file.format).toBe("tensorflow");
      expect(file.files.map(({ name }) => name)).toEqual(["ck.index", "ck.data-00000-of-00001"]);
      expect(file.warnings).toEqual([]);
      expect(file.tensors.map(({ name, shape }) => [name, shape])).toEqual([
        ["_CHECKPOINTABLE_OBJECT_GRAPH", []],
        ["sequential/d1/kernel", [96, 64]],
        ["sequential/d1/bias", [64]],
        ["sequential/d2/kernel", [64, 10]],
        ["sequential/d2/bias", [10]],
      ]);
      expect(await valuesOf(tensorNamed(file, "sequential/d1/kernel"))).toEqual(await kernelOfD1());
      expect(tensorNamed(file, "sequential/d1/kernel").hints).toEqual({ role: "dense", denseLayout: "in-out" });
    }
  });

  it("gives weights of Keras and its optimizer's state as such, though the latter's path is shorter", async () => {
    const file = await open(folder("tf_keras3"), "ck-1.index");
    const { layers, skipped } = planLayers(file, EVERYTHING);
    const gates = (name: string) => ["i", "f", "c", "o"].map((gate) => [`${name}[${gate}]`, "recurrent"]);
    expect(layers.map(({ name, type }) => [name, type])).toEqual([
      ["net/table", "embedding"],
      ...gates("net/cell/lstm_cell"),
      ...gates("net/cell/lstm_cell/recurrent_kernel"),
      ["net/head", "dense"],
    ]);
    const head = await valuesOf((await openOne("head.npy", fixture("tf_keras3_head.npy"))).tensors[0]);
    expect(await valuesOf(tensorNamed(file, "net/head/kernel"))).toEqual(head);
    const reasons = new Map(skipped.map(({ name, reason }) => [name, reason]));
    expect(reasons.get("adam/net_head_kernel_velocity")).toBe("an optimizer's state, not a weight");
    expect(reasons.get("adam/iteration")).toBe("an optimizer's state, not a weight");
    expect(reasons.get("save_counter")).toBe("a counter of the training, not a weight");
    expect(reasons.get("_CHECKPOINTABLE_OBJECT_GRAPH")).toBe("the tree of the saved objects, not a weight");
    expect(layers.length + skipped.length).toBeGreaterThanOrEqual(file.tensors.length);
  });

  it("gives the same from an index whose blocks Snappy compressed", async () => {
    const plain = await open(folder("tf_keras3"), "ck-1.index");
    const data = folder("tf_keras3")["ck-1.data-00000-of-00001"];
    const file = await open(
      { "ck-1.index": fixture("tf_snappy.index"), "ck-1.data-00000-of-00001": data },
      "ck-1.index",
    );
    expect(file.tensors.map(({ name, shape }) => [name, shape])).toEqual(
      plain.tensors.map(({ name, shape }) => [name, shape]),
    );
  });

  it(
    "leaves out the slots that TensorFlow's own optimizers keep, and calls by their paths what bears one name " +
      "twice",
    async () => {
      const reasons = await reasonsIn(open(folder("tf_slots"), "ck-1.index"));
      expect(reasons["w/Adam"]).toBe("an optimizer's state (m), not a weight");
      expect(reasons["b/Adam_1"]).toBe("an optimizer's state (v), not a weight");
      const file = await open(folder("tf_slots"), "ck-1.index");
      expect(await valuesOf(tensorNamed(file, "net/w"))).toHaveLength(12);
      expect(tensorNamed(file, "net/odd/a/b").shape).toEqual([2]);
      expect(tensorNamed(file, "b").shape).toEqual([4]);
    },
  );

  it(
    "of before TensorFlow 2 gives every element type, and leaves out slots, moving averages and partitioned " +
      "variables by name",
    async () => {
      const file = await open(folder("tf_v1"), "model.ckpt-1.index");
      for (const type of [
        "float16",
        "bfloat16",
        "float64",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
      ]) {
        expect(await valuesOf(tensorNamed(file, `t/${type}`))).toEqual([0, 1, 2, 3]);
      }
      expect(await valuesOf(tensorNamed(file, "t/bool"))).toEqual([0, 1, 1, 1]);
      expect(await valuesOf(tensorNamed(file, "dense/kernel"), { from: 2, to: 4, chunk: 1 })).toHaveLength(2);
      const { layers, skipped } = planLayers(file, EVERYTHING);
      expect(layers.map(({ name }) => name)).toEqual(["dense"]);
      const reasons = new Map(skipped.map(({ name, reason }) => [name, reason]));
      expect(reasons.get("dense/kernel/Momentum")).toMatch(/^kept beside the variable dense\/kernel/);
      expect(reasons.get("dense/kernel/ExponentialMovingAverage")).toMatch(/moving average/);
      expect(reasons.get("parted/weights")).toBe(
        "a partitioned variable in 3 slices, which are not joined; save it without a partitioner",
      );
      expect(reasons.get("global_step")).toMatch(/counter/);
      expect(reasons.get("t/int8")).toMatch(/integers/);
      expect((await refusal(valuesOf(tensorNamed(file, "parted/weights")))).kind).toBe("unsupported");
    },
  );

  it("lies in several data shards, of which only those that hold anything need be there", async () => {
    const files = folder("tf_sharded");
    const file = await open(files, "ck.index");
    expect(await valuesOf(tensorNamed(file, "a/kernel"))).toEqual(Array.from({ length: 12 }, (_, k) => k));
    expect(await valuesOf(tensorNamed(file, "b/kernel"))).toEqual(Array.from({ length: 10 }, (_, k) => k + 0.5));
    expect(tensorNamed(file, "b/kernel").file).toBe("ck.data-00001-of-00002");
    expect((await refusal(valuesOf(tensorNamed(file, "x/text")))).message).toMatch(
      /type string, which are not decoded/,
    );
    const { "ck.data-00001-of-00002": _, ...rest } = files;
    const error = await refusal(open(rest, "ck.index"));
    expect(error.kind).toBe("missing");
    expect(error.message).toMatch(/a data shard, ck\.data-00001-of-00002, does not exist/);
    expect((await bundle({ a: { shape: [1], bytes: f32(1) } }, { shards: 2 })).files).toHaveLength(2);
  });

  it("is the newest of its folder where a file named checkpoint says so, wherever that was written", async () => {
    const tensors = (value: number) => bundleOf({ w: { shape: [1], bytes: f32(value) } });
    const at = (step: number) => {
      const { "ck.index": index, "ck.data-00000-of-00001": data } = tensors(step);
      return { [`ck-${step}.index`]: index, [`ck-${step}.data-00000-of-00001`]: data };
    };
    const files = { ...at(1), ...at(2) };
    expect((await refusal(open(files))).message).toMatch(/several models: ck-1\.index, ck-2\.index/);
    const file = await open({
      ...files,
      checkpoint: 'model_checkpoint_path: "/home/me/run/ck-2"\nall_model_checkpoint_paths: "ck-1"\n',
    });
    expect(await valuesOf(tensorNamed(file, "w"))).toEqual([2]);
    expect(file.warnings).toEqual([expect.stringMatching(/skipped: ck-1\.data-00000-of-00001, ck-1\.index$/)]);
    const ofWindows = String.raw`model_checkpoint_path: "C:\\run\\ck-1"`;
    expect(await valuesOf(tensorNamed(await open({ ...files, checkpoint: `${ofWindows}\n` }), "w"))).toEqual([1]);
    const error = await refusal(open({ checkpoint: 'model_checkpoint_path: "ck-3"\n' }));
    expect(error.message).toMatch(/ck-3\.index, does not exist/);
  });

  it("may be big-endian", async () => {
    const file = await bundle(
      { w: { shape: [2], bytes: Uint8Array.of(0x3f, 0x80, 0, 0, 0x40, 0, 0, 0) } },
      { endianness: 1 },
    );
    expect(await valuesOf(tensorNamed(file, "w"))).toEqual([1, 2]);
  });

  it("tells roles and axes from names", async () => {
    const sided = (...shape: number[]): StoredTensor => ({
      shape,
      bytes: new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)),
    });
    const file = await bundle({
      "a/conv/kernel": sided(3, 3, 2, 4),
      "b/conv2d_transpose/kernel": sided(3, 3, 4, 2),
      "c/depthwise_kernel": sided(3, 3, 4, 1),
      "d/query/kernel": sided(4, 2, 3),
      "e/embeddings": sided(5, 4),
      "f/kernel": sided(2, 12),
      "f/recurrent_kernel": sided(3, 12),
      "g/weights": sided(2, 3),
      "h/position": sided(2, 3),
    });
    expect(Object.fromEntries(file.tensors.map(({ name, hints }) => [name, hints]))).toEqual({
      "a/conv/kernel": { role: "conv", kernelLayout: "hwio" },
      "b/conv2d_transpose/kernel": { role: "transposed-conv", kernelLayout: "hwio" },
      "c/depthwise_kernel": { role: "depthwise-conv", kernelLayout: "hwio" },
      "d/query/kernel": undefined,
      "e/embeddings": { role: "embedding" },
      "f/kernel": { denseLayout: "in-out" },
      "f/recurrent_kernel": { denseLayout: "in-out" },
      "g/weights": { denseLayout: "in-out" },
      "h/position": undefined,
    });
  });

  it("90: of 200,000 tiny tensors is opened, of one more is refused", async () => {
    const entry = (k: number) => [`t${String(k).padStart(7, "0")}`, message([1, 1], [4, 4 * k], [5, 4])] as const;
    const thousand = (block: number) => blockOf(Array.from({ length: 1000 }, (_, k) => entry(1000 * block + k)));
    const blocks = [blockOf([HEAD]), ...Array.from({ length: 200 }, (_, block) => thousand(block))];
    const data = new Uint8Array(Float32Array.from({ length: 200_001 }, (_, k) => k).buffer);
    const files = { "ck.index": tableOf(blocks), "ck.data-00000-of-00001": data };
    const file = await open(files, "ck.index");
    expect(file.tensors).toHaveLength(200_000);
    expect(await valuesOf(file.tensors[199_999])).toEqual([199_999]);
    const error = await refusal(
      open({ ...files, "ck.index": tableOf([...blocks, blockOf([entry(200_000)])]) }, "ck.index"),
    );
    expect(error.message).toMatch(/more than 200000 tensors/);
  });
});

describe("a SavedModel", () => {
  it("gives its variables from its folder or its saved_model.pb, of which only the head is read", async () => {
    const files = folder("savedmodel");
    for (const entry of [undefined, "saved_model.pb"]) {
      const watched = filesInMemory(files, entry);
      const file = await openWeightFile(watched);
      expect(file.files.map(({ name }) => name)).toEqual([
        "saved_model.pb",
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
      ]);
      expect(file.warnings).toEqual([]);
      expect(await valuesOf(tensorNamed(file, "sequential/d1/kernel"))).toEqual(await kernelOfD1());
      expect(
        Math.max(...watched.reads.filter(({ name }) => name.endsWith(".pb")).map(({ length }) => length)),
      ).toBeLessThanOrEqual(4096);
      await file.close();
      expect([...watched.stillOpen]).toEqual([]);
    }
    const { "saved_model.pb": _, ...variables } = files;
    expect((await open(variables, "variables/variables.index")).tensors).toHaveLength(5);
  });

  it("that holds each variable twice gives it once, and names the copy", async () => {
    const file = await open(folder("tf_exported"), "saved_model.pb");
    const { layers, skipped } = planLayers(file, EVERYTHING);
    expect(layers.filter(({ name }) => name.startsWith("net/head")).map(({ name }) => name)).toEqual(["net/head"]);
    expect(skipped.filter(({ reason }) => reason.startsWith("a second copy of net/head/kernel"))).toHaveLength(1);
  });

  it("without variables is missing something, and the sentence says what", async () => {
    const { "saved_model.pb": graph, "fingerprint.pb": fingerprint } = folder("savedmodel");
    const error = await refusal(open({ "saved_model.pb": graph, "fingerprint.pb": fingerprint }));
    expect(error.kind).toBe("missing");
    expect(error.message).toMatch(
      /saved_model\.pb: the index of its variables, variables\/variables\.index, does not exist/,
    );
  });
});

const ONE: StoredTensor = { shape: [1], bytes: f32(1) };
const KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";
const literals = (bytes: Uint8Array): Uint8Array =>
  concat(varint(bytes.length), Uint8Array.of(61 << 2, (bytes.length - 1) & 255, (bytes.length - 1) >> 8), bytes);

describe("a hostile TensorFlow checkpoint", () => {
  const indexOf = (blocks: Parameters<typeof tableOf>[0], how?: Parameters<typeof tableOf>[1]) => ({
    "ck.index": tableOf(blocks, how),
  });
  const one = (tensor: StoredTensor, parts?: BundleParts) => bundleOf({ w: tensor }, parts);
  const HOSTILE: Record<string, { files: Record<string, Uint8Array>; says: RegExp; kind?: string }> = {
    "80: a block whose masked CRC-32C is wrong": {
      files: one(ONE, { block: (contents) => ({ contents, checksum: crc32c(contents) }) }),
      says: /tensorflow, ck\.index, offset 0: a block's checksum \(masked CRC-32C\) is wrong/,
    },
    "80: a wrong checksum of its index block": {
      files: indexOf([blockOf([HEAD])], { index: (contents) => ({ contents, checksum: 7 }) }),
      says: /a block's checksum/,
    },
    "81: a data shard's number out of range": {
      files: one({ ...ONE, shard: 1 }),
      says: /"w": its data shard is number 1, but there are 1/,
    },
    "81: a negative data shard": { files: one({ ...ONE, shard: -1 }), says: /data shard is number -1/ },
    "a footer that is none": {
      files: indexOf([blockOf([HEAD])], { magic: new Uint8Array(8) }),
      says: /does not have the footer of a table/,
    },
    "fewer bytes than a footer": {
      files: { "ck.index": new Uint8Array(47) },
      says: /at least 48 bytes, but the file has 47/,
    },
    "a block past the end": {
      files: indexOf([blockOf([HEAD])], { places: () => [[0, 100_000]] }),
      says: /100005 bytes are needed at 0, but the file ends at/,
    },
    "a block of 2^40 bytes": {
      files: indexOf([blockOf([HEAD])], { places: () => [[0, 2 ** 40]] }),
      says: /more than 16777216/,
    },
    "a block that is read twice": {
      files: indexOf([blockOf([HEAD])], { places: ([first]) => [first, first] }),
      says: /a block begins at 0, before the end of the previous one at/,
    },
    "keys that do not ascend": {
      files: indexOf([blockOf([HEAD, ["b", message([1, 1])], ["a", message([1, 1])]])]),
      says: /its keys do not ascend/,
    },
    "a name twice": {
      files: indexOf([blockOf([HEAD, ["a", message([1, 1])], ["a", message([1, 1])]])]),
      says: /do not ascend/,
    },
    "a key that shares more than there is": {
      files: indexOf([concat(Uint8Array.of(9, 0, 0), new Uint8Array(3), Uint8Array.of(1))]),
      says: /shares more bytes than the previous key has|declares/,
    },
    "keys of 2^40 bytes": {
      files: indexOf([concat(Uint8Array.of(0), varint(2 ** 40), new Uint8Array(9))]),
      says: /is too long/,
    },
    "more restarts than bytes": { files: indexOf([Uint8Array.of(255, 255, 255, 255)]), says: /4294967295 restarts/ },
    "a compression that tables do not know": {
      files: one(ONE, { block: (contents) => ({ contents, compression: 4 }) }),
      says: /a compression type that tables do not define \(4\)/,
    },
    "a Snappy block that is none": {
      files: one(ONE, { block: (contents) => ({ contents, compression: 1 }) }),
      says: /does not decompress/,
    },
    "a Snappy bomb": {
      files: one(ONE, { block: () => ({ contents: concat(varint(2 ** 24), new Uint8Array(9)), compression: 1 }) }),
      says: /Snappy stream declares 16777216 bytes/,
    },
    "no header": { files: indexOf([blockOf([["a", message([1, 1])]])]), says: /first entry is not a header/ },
    "no entries": { files: indexOf([]), says: /index has no header/ },
    "0 shards": { files: one(ONE, { shards: 0 }), says: /declares 0 data shards/ },
    "a million shards": {
      files: one(ONE, { shards: 1_000_000 }),
      says: /declares 1000000 data shards, expected 1 to 900/,
    },
    "an unknown byte order": { files: one(ONE, { endianness: 2 }), says: /byte order 2/ },
    "a newer version": {
      files: one(ONE, { header: [[3, [[2, 9]]]] }),
      says: /version 9, but this one supports 1/,
      kind: "unsupported",
    },
    "a header of another kind": { files: one(ONE, { header: [[1, "x"]] }), says: /num_shards is stored as bytes/ },
    "a size that is not the shape's": {
      files: one({ shape: [2], bytes: f32(1) }),
      says: /needs 8 bytes, but 4 are stored/,
    },
    "a shape that overflows": { files: one({ shape: [2n ** 40n, 2n ** 40n], bytes: f32(1) }), says: /is not possible/ },
    "a negative side": { files: one({ shape: [-1], bytes: f32(1) }), says: /shape \[-1\] is not possible/ },
    "a thousand axes": { files: one({ shape: new Array(1000).fill(1), bytes: f32(1) }), says: /more than 64 axes/ },
    "an offset beyond 2^53": {
      files: one({ ...ONE, offset: 2n ** 60n }),
      says: /declares 4 bytes at 1152921504606847000/,
    },
    "a negative size": { files: one({ ...ONE, size: -4 }), says: /declares -4 bytes/ },
    "bytes past its shard's end": {
      files: one({ ...ONE, offset: 1 }),
      says: /its 4 bytes from 1 exceed the shard of 4 bytes/,
    },
    "bytes that overlap another's": {
      files: bundleOf({ a: ONE, b: { ...ONE, offset: 2 } }),
      says: /"b".*overlap those of a/,
    },
    "a varint of 11 bytes": {
      files: indexOf([blockOf([HEAD, ["a", concat(Uint8Array.of(8), new Uint8Array(11).fill(255))]])]),
      says: /is longer than 10 bytes/,
    },
    "a group in a message": {
      files: indexOf([blockOf([HEAD, ["a", Uint8Array.of(0x0b)]])]),
      says: /a field that is not possible \(tag 11\)/,
    },
    "a length past its message": {
      files: indexOf([blockOf([HEAD, ["a", Uint8Array.of(0x12, 9)]])]),
      says: /9 bytes are declared, but only 0 are left/,
    },
    "a name that is no UTF-8": {
      files: indexOf([blockOf([HEAD, [Uint8Array.of(0x61, 0xff), message([1, 1])]])]),
      says: /name is not valid UTF-8/,
    },
    "a tree of objects that is no string": { files: bundleOf({ [KEY]: ONE }), says: /not a single string/ },
    "a tree of objects whose checksum is wrong": {
      files: bundleOf({ [KEY]: { ...objectGraph({ attribute: ["a", "b"] }), checksum: 1 } }),
      says: /checksum \(masked CRC-32C\) of the tree of objects is wrong/,
    },
    "a tree of objects of another length": {
      files: bundleOf({ [KEY]: { type: 7, bytes: new Uint8Array(9).fill(5) } }),
      says: /a string of 5 bytes is declared, but only 4 are stored/,
    },
    "a tree of objects that is no message": {
      files: bundleOf({ [KEY]: stringTensor(Uint8Array.of(0x0a, 99)) }),
      says: /99 bytes are declared/,
    },
    "a variable's name of 5000 characters": {
      files: bundleOf({ [KEY]: objectGraph({ attribute: ["a".repeat(5000), "b"] }) }),
      says: /full_name of 5000 bytes is too long for a name/,
    },
  };
  for (const [name, { files, says, kind }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const watched = filesInMemory(files, "ck.index");
      const error = await refusal(openWeightFile(watched));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind ?? "malformed");
      expect([...watched.stillOpen]).toEqual([]);
    });
  }

  it("is refused when all is read and the checksum is wrong, and gives a part of it unchecked", async () => {
    const file = await bundle({ w: { shape: [2], bytes: f32(1, 2), checksum: 5 } });
    expect(await valuesOf(tensorNamed(file, "w"), { from: 1 })).toEqual([2]);
    const error = await refusal(valuesOf(tensorNamed(file, "w"), { chunk: 1 }));
    expect(error.message).toMatch(
      /ck\.data-00000-of-00001, tensor "w", offset 0: the checksum \(masked CRC-32C\) of its elements is wrong/,
    );
  });

  it("is refused with keys that come to more than 64 MiB from a few bytes each", async () => {
    const first = concat(varint(0), varint(4000), varint(0), new Uint8Array(4000).fill(0x61));
    const keys = Array.from({ length: 20_000 }, (_, k) =>
      concat(
        varint(3996),
        varint(4),
        varint(0),
        new TextEncoder().encode((k + 0x700000).toString(36).padStart(4, "z").slice(-4)),
      ),
    );
    const block = concat(blockOf([HEAD]).subarray(0, -8), first, ...keys, new Uint8Array(4), Uint8Array.of(1, 0, 0, 0));
    expect(block.length).toBeLessThan(200_000);
    expect((await refusal(open({ "ck.index": tableOf([block]) }, "ck.index"))).message).toMatch(
      /its keys have more than 67108864 bytes/,
    );
  });

  it("calls variables by their paths where the tree of objects is larger than 16 MiB, and says so", async () => {
    const size = 2 ** 25;
    const files = bundleOf({
      [KEY]: { type: 7, size },
      "m/_kernel/.ATTRIBUTES/VARIABLE_VALUE": { shape: [1], size: 4, offset: size },
    });
    const data: ByteSource = { byteLength: size + 4, read: async (_, length) => new Uint8Array(length) };
    const file = await openWeightFile(
      filesInMemory({ "ck.index": files["ck.index"], "ck.data-00000-of-00001": data }, "ck.index"),
    );
    expect(file.warnings).toEqual([
      expect.stringMatching(/33554432 bytes\) is too large to read; variables are named by their paths/),
    ]);
    expect(file.tensors.map(({ name }) => name)).toEqual([KEY, "m/kernel"]);
  });

  it("never opens a file that its index or state names elsewhere", async () => {
    const error = await refusal(open({ checkpoint: 'model_checkpoint_path: ".."\n' }, "checkpoint"));
    expect(error.message).toMatch(/not a plain name of a file beside it/);
  });
});

describe("a damaged TensorFlow checkpoint whose checksums are right all the same", () => {
  const overwritten = (bytes: Uint8Array, writes: readonly (readonly [number, number])[]): Uint8Array => {
    const copy = bytes.slice();
    for (const [at, byte] of writes) copy[at % copy.length] = byte;
    return copy;
  };
  const anywhere = fc.nat({ max: 400 });
  const writes = fc.array(fc.tuple(anywhere, fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 127, 128, 255))), {
    minLength: 1,
    maxLength: 4,
  });
  const graph = objectGraph(
    { attribute: ["net/w", "w/.ATTRIBUTES/VARIABLE_VALUE"], slots: [["m", 1]] },
    { attribute: ["w/m", "w/.OPTIMIZER_SLOT/o/m"] },
  );
  const tensors = (tree: StoredTensor): Record<string, StoredTensor> => ({
    [KEY]: tree,
    "a/kernel": { shape: [2, 3], bytes: f32(1, 2, 3, 4, 5, 6) },
    "b/half": { type: 19, shape: [3], bytes: new Uint8Array(6) },
    "w/.ATTRIBUTES/VARIABLE_VALUE": { shape: [2], bytes: f32(1, 2) },
  });
  const tree = graph.bytes!.subarray(graph.bytes!.length - 60);

  it("is read within its size or refused with a FormatError, and leaves nothing open", LONG, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("index", "Snappy", "tree"), writes, async (victim, all) => {
        const block = (contents: Uint8Array) => {
          if (victim === "index") return overwritten(contents, all);
          return victim === "Snappy" ? { contents: overwritten(literals(contents), all), compression: 1 } : contents;
        };
        const files = bundleOf(tensors(victim === "tree" ? stringTensor(overwritten(tree, all)) : graph), { block });
        const watched = filesInMemory(files, "ck.index");
        try {
          const file = await openWeightFile(watched);
          for (const tensor of file.tensors) {
            try {
              expect((await valuesOf(tensor)).length).toBe(tensor.shape.reduce((product, side) => product * side, 1));
            } catch (error) {
              if (!(error instanceof FormatError)) throw error;
            }
          }
          await file.close();
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
        expect([...watched.stillOpen]).toEqual([]);
      }),
      { seed: 5, numRuns: RUNS },
    );
  });

  it("in Snappy gives bytes or an error, never more than was declared", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(snappyDecompress(bytes, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect((error as Error).message).toMatch(/Snappy/);
        }
      }),
      { seed: 5, numRuns: 10 * RUNS },
    );
  });
});

describe("Snappy", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  it("gives literals and copies that overlap what they write", () => {
    // "Wikipedia", then a copy of 8 from 3 back in each of the three forms.
    const literal = concat(Uint8Array.of((9 - 1) << 2), "Wikipedia");
    for (const copy of [
      Uint8Array.of(1 | ((8 - 4) << 2), 3),
      Uint8Array.of(2 | ((8 - 1) << 2), 3, 0),
      Uint8Array.of(3 | ((8 - 1) << 2), 3, 0, 0, 0),
    ]) {
      expect(snappyDecompress(concat(varint(17), literal, copy), 100)).toEqual(text("Wikipediadiadiadi"));
    }
    expect(snappyDecompress(literals(new Uint8Array(300).fill(7)), 300)).toEqual(new Uint8Array(300).fill(7));
  });

  const BROKEN: Record<string, Uint8Array> = {
    "a literal past its end": Uint8Array.of(4, 12, 1),
    "a copy from before the beginning": Uint8Array.of(5, 0, 65, 1, 2),
    "a copy from where it writes": Uint8Array.of(5, 0, 65, 1, 0),
    "more than it declares": Uint8Array.of(1, 4, 65, 66),
    "less than it declares": Uint8Array.of(3, 4, 65, 66),
    "a distance cut off": Uint8Array.of(5, 0, 65, 2),
    "a length that does not end": Uint8Array.of(255, 255, 255, 255, 255, 255),
    nothing: new Uint8Array(0),
  };
  for (const [what, stored] of Object.entries(BROKEN)) {
    it(`throws at ${what}`, () => {
      expect(() => snappyDecompress(stored, 100)).toThrow(/Snappy/);
    });
  }
});

describe("CRC-32C", () => {
  it("gives the published values, in one go or in pieces", () => {
    // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, k) => k))).toBe(0x46dd794e);
    const digits = new TextEncoder().encode("123456789");
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(crc32c(digits.subarray(4), crc32c(digits.subarray(0, 4)))).toBe(0xe3069283);
  });

  it("is masked as LevelDB masks it: turned right by 15 bits, plus a constant", () => {
    expect(masked(0)).toBe(0xa282ead8);
    expect(masked(0x8000)).toBe(0xa282ead9);
  });
});
