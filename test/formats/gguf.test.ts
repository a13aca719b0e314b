import { describe, expect, it } from "vitest";
import { MAX_HEADER_BYTES } from "#eigenscope/formats/gguf/header-bytes.js";
import { iq1Grid, iq2SGrid, iq2XsGrid, iq2XxsGrid, iq3SGrid, iq3XxsGrid } from "#eigenscope/formats/gguf/iq-grids.js";
import { type ByteSource, openWeightFile } from "#eigenscope/formats/index.js";
import { type Gguf, ggufOf, ggufWith, type Info, pair, row, text } from "./build-gguf.js";
import { concat, filesInMemory, littleEndian, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const SIXTEEN = new Uint8Array(16);

/** A file of one f32 tensor of 4 values, wrong in one place. */
function one(info: Partial<Info>, parts: Gguf = {}): Uint8Array {
  return ggufOf({ infos: [{ name: "a", dimensions: [4], type: 0, offset: 0, ...info }], data: SIXTEEN, ...parts });
}

function nested(depth: number): Uint8Array {
  return depth === 0 ? Uint8Array.of(1) : concat(littleEndian([depth === 1 ? 0 : 9, 4], [1, 8]), nested(depth - 1));
}

function aligned(value: Uint8Array, type = 4): Uint8Array {
  return one({}, { pairs: [{ key: "general.alignment", type, value }] });
}

/** The numbers are those of the list of hostile inputs that this project keeps (docs/formats.md). */
const HOSTILE: Record<string, { bytes: () => Uint8Array; says: RegExp; kind?: string }> = {
  "41: another magic": { bytes: () => one({}, { magic: "GGUX" }), says: /does not begin with "GGUF"/ },
  "41: version 0": {
    bytes: () => one({}, { version: 0 }),
    says: /version 0 of the format is unknown; only 2 and 3 are supported/,
  },
  "41: version 4": { bytes: () => one({}, { version: 4 }), says: /version 4 of the format is unknown/ },
  "41: version 1": {
    bytes: () => one({}, { version: 1 }),
    says: /version 1 of the format\. Convert the model again/,
    kind: "unsupported",
  },
  "41: big-endian numbers": {
    bytes: () => one({}, { version: 0x03000000 }),
    says: /big-endian\. Convert it/,
    kind: "unsupported",
  },
  "41: fewer bytes than the shortest header": {
    bytes: () => one({}).subarray(0, 23),
    says: /has 23 bytes, fewer than the 24/,
  },
  "42: 2^63 tensors": {
    bytes: () => one({}, { tensorCount: 2n ** 63n }),
    says: /9223372036854775808 tensors are declared, more than/,
  },
  "42: 2^63 metadata keys": {
    bytes: () => one({}, { pairCount: 2n ** 63n }),
    says: /9223372036854775808 metadata keys/,
  },
  "42: more tensors than the file can hold": {
    bytes: () => one({}, { tensorCount: 60_000 }),
    says: /60000 tensors are declared, but only \d+ bytes/,
  },
  "42: more keys than the file can hold": {
    bytes: () => one({}, { pairCount: 60_000 }),
    says: /60000 metadata keys are declared, but only \d+ bytes/,
  },
  "42: one tensor more than there is": {
    bytes: () => one({}, { tensorCount: 2, data: new Uint8Array(64) }),
    says: /its data overlap/,
  },
  "43: a key of 2^60 bytes": {
    bytes: () => concat("GGUF", littleEndian([3, 4], [0, 8], [1, 8], [2n ** 60n, 8]), new Uint8Array(32)),
    says: /a metadata key of 1152921504606846976 bytes is longer than/,
  },
  "43: a text of 2^60 bytes": {
    bytes: () => one({}, { pairs: [{ key: "k", type: 8, value: littleEndian([2n ** 60n, 8]) }] }),
    says: /the text of "k" needs 1152921504606846976 bytes/,
  },
  "43: an element of 2^60 bytes": {
    bytes: () => one({}, { pairs: [pair.array("k", 8, [littleEndian([2n ** 60n, 8])])] }),
    says: /an element of "k" needs 1152921504606846976 bytes/,
  },
  "43: a tensor's name of 2^60 bytes": {
    bytes: () => concat("GGUF", littleEndian([3, 4], [1, 8], [0, 8], [2n ** 60n, 8]), new Uint8Array(32)),
    says: /a tensor's name of 1152921504606846976 bytes is longer than/,
  },
  "44: arrays nested deeper than 4": {
    bytes: () => one({}, { pairs: [{ key: "k", type: 9, value: nested(5) }] }),
    says: /"k" nests arrays deeper than 4/,
  },
  "44: an unknown value type": {
    bytes: () => one({}, { pairs: [{ key: "k", type: 13, value: SIXTEEN }] }),
    says: /"k" is of type 13/,
  },
  "44: an array of an unknown type": {
    bytes: () => one({}, { pairs: [pair.array("k", 99, [])] }),
    says: /"k" has elements of type 99/,
  },
  "44: an array of 2^63 doubles": {
    bytes: () => one({}, { pairs: [pair.array("k", 12, [], 2n ** 63n)] }),
    says: /"k" of 9223372036854775808/,
  },
  "44: an array of 2^61 texts": {
    bytes: () => one({}, { pairs: [pair.array("k", 8, [], 2n ** 61n)] }),
    says: /"k" declares 2305843009213693952/,
  },
  "45: five dimensions": {
    bytes: () => one({ dimensions: [2, 2, 1, 1, 1] }),
    says: /"a".*has 5 dimensions, more than ggml's limit of 4/,
  },
  "45: 2^32-1 dimensions": {
    bytes: () =>
      concat(
        "GGUF",
        littleEndian([3, 4], [1, 8], [0, 8]),
        text("a"),
        littleEndian([2 ** 32 - 1, 4]),
        new Uint8Array(64),
      ),
    says: /has 4294967295 dimensions/,
  },
  "45: a dimension of 0": { bytes: () => one({ dimensions: [4, 0] }), says: /one of its dimensions is 0 \(4, 0\)/ },
  "45: a product of 2^64": {
    bytes: () => one({ dimensions: [2 ** 32, 2 ** 32] }),
    says: /\(4294967296, 4294967296\) overflow/,
  },
  "45: a dimension of 2^63": {
    bytes: () => one({ dimensions: [2n ** 63n] }),
    says: /\(9223372036854775808\) overflow/,
  },
  "45: a product that wraps to 4": { bytes: () => one({ dimensions: [2n ** 62n + 1n, 4] }), says: /overflow/ },
  "46: more bytes than 2^53": { bytes: () => one({ dimensions: [2 ** 52, 1], type: 28 }), says: /of F64 overflow/ },
  "46: bytes that wrap around past 2^64 when padded": {
    bytes: () => one({ offset: 2n ** 64n - 32n }),
    says: /begin at 18446744073709551584, past the end of any file/,
  },
  "46: an end past 2^53": {
    bytes: () => one({ offset: 2 ** 53 - 32 }),
    says: /its data end at \d+, but the file ends at/,
  },
  "47: data that begin unaligned": {
    bytes: () => one({ offset: 4 }, { data: new Uint8Array(64) }),
    says: /begin at 4 of the data, .* alignment 32/,
  },
  "47: data past the end": {
    bytes: () => one({ offset: 32 }),
    says: /offset \d+: its data end at \d+, but the file ends at \d+\. .*truncated/,
  },
  "47: data cut off": {
    bytes: () => one({}, { data: new Uint8Array(15) }),
    says: /the file ends at \d+\. .*truncated \(an unfinished download\?\)/,
  },
  "47: overlapping data": {
    bytes: () =>
      ggufOf({
        infos: [
          { name: "a", dimensions: [9], type: 0, offset: 0 },
          { name: "b", dimensions: [1], type: 0, offset: 32 },
        ],
        data: new Uint8Array(64),
      }),
    says: /"b".*overlap those of another/,
  },
  "47: two tensors at one place": {
    bytes: () =>
      ggufOf({
        infos: [
          { name: "a", dimensions: [4], type: 0, offset: 0 },
          { name: "b", dimensions: [4], type: 0, offset: 0 },
        ],
        data: SIXTEEN,
      }),
    says: /overlap/,
  },
  "48: an unknown type": {
    bytes: () => one({ type: 1000 }),
    says: /of ggml type 1000, which this version does not know/,
    kind: "unsupported",
  },
  "48: a type that ggml has given up": {
    bytes: () => one({ type: 31 }),
    says: /of type Q4_0_4_4, which ggml itself/,
    kind: "unsupported",
  },
  "49: alignment 0": {
    bytes: () => aligned(littleEndian([0, 4])),
    says: /"general.alignment" is 0, expected a power of 2/,
  },
  "49: alignment 24": { bytes: () => aligned(littleEndian([24, 4])), says: /"general.alignment" is 24/ },
  "49: alignment 2^32-1": {
    bytes: () => aligned(littleEndian([2 ** 32 - 1, 4])),
    says: /"general.alignment" is 4294967295/,
  },
  "49: alignment 2^31": {
    bytes: () => aligned(littleEndian([2 ** 31, 4])),
    says: /its data end at \d+, but the file ends at/,
  },
  "49: an alignment of another type": {
    bytes: () => aligned(littleEndian([32, 8]), 10),
    says: /value type 10, expected uint32 \(4\)/,
  },
  "49: an alignment that is a text": { bytes: () => aligned(text("32"), 8), says: /value type 8, expected uint32/ },
  "50: a tensor's name twice": {
    bytes: () =>
      ggufOf({
        infos: [
          { name: "a", dimensions: [4], type: 0, offset: 0 },
          { name: "a", dimensions: [4], type: 0, offset: 32 },
        ],
        data: new Uint8Array(64),
      }),
    says: /"a".*the name occurs twice/,
  },
  "50: a metadata key twice": {
    bytes: () => one({}, { pairs: [pair.u32("k", 1), pair.u32("k", 2)] }),
    says: /key "k" occurs twice/,
  },
  "50: an array's key twice": {
    bytes: () => one({}, { pairs: [pair.array("k", 0, [Uint8Array.of(1)]), pair.u32("k", 2)] }),
    says: /key "k" occurs twice/,
  },
  "51: rows that are no multiple of a block": {
    bytes: () => one({ dimensions: [16, 2], type: 2 }, { data: new Uint8Array(18) }),
    says: /rows of 16 values are not a multiple of 32, the block size of Q4_0/,
  },
  "a name that is not UTF-8": {
    bytes: () => concat("GGUF", littleEndian([3, 4], [1, 8], [0, 8], [1, 8]), Uint8Array.of(0xff), new Uint8Array(64)),
    says: /a tensor's name is not valid UTF-8/,
  },
  "a name of 2000 bytes": {
    bytes: () => one({ name: "n".repeat(2000) }),
    says: /a tensor's name of 2000 bytes is longer than 1024/,
  },
  "a header that ends in a value": {
    bytes: () =>
      concat("GGUF", littleEndian([3, 4], [0, 8], [1, 8]), text("kk"), littleEndian([12, 4]), new Uint8Array(7)),
    says: /the value of "kk" needs 8 bytes, but only 7 follow/,
  },
};

describe("ComfyUI's GGUF", () => {
  const sides = (...values: readonly number[]): Uint8Array[] =>
    values.map((side) => new Uint8Array(Int32Array.of(side).buffer));
  const values = Float32Array.from({ length: 72 }, (_, k) => k);
  const flat = { type: 0, dimensions: [24, 3], bytes: new Uint8Array(values.buffer) };

  it("gives a flattened kernel the shape that the metadata tell, in PyTorch's order of axes", async () => {
    const pairs = [pair.array("comfy.gguf.orig_shape.conv.weight", 5, sides(4, 2, 3, 3))];
    const file = await openOne("x.gguf", ggufWith({ "conv.weight": flat, "other.weight": flat }, { pairs }));
    expect(file.tensors.map(({ shape }) => shape)).toEqual([
      [4, 2, 3, 3],
      [3, 24],
    ]);
    expect(await valuesOf(file.tensors[0])).toEqual([...values]);
    expect(Object.keys(file.metadata)).toEqual([]);
  });

  it("is refused if that shape holds another number of values; other arrays under the name are skipped", async () => {
    const wrong = [pair.array("comfy.gguf.orig_shape.conv.weight", 5, sides(4, 2, 3, 4))];
    const { message } = await refusal(openOne("x.gguf", ggufWith({ "conv.weight": flat }, { pairs: wrong })));
    expect(message).toMatch(/sides 4 x 2 x 3 x 4, but 72 values are stored/);
    const texts = [pair.array("comfy.gguf.orig_shape.conv.weight", 8, [text("a")])];
    expect((await openOne("x.gguf", ggufWith({ "conv.weight": flat }, { pairs: texts }))).tensors[0].shape).toEqual([
      3, 24,
    ]);
    const long = [pair.array("comfy.gguf.orig_shape.conv.weight", 5, sides(...new Array(9).fill(1)))];
    expect((await openOne("x.gguf", ggufWith({ "conv.weight": flat }, { pairs: long }))).tensors[0].shape).toEqual([
      3, 24,
    ]);
  });
});

describe("a GGUF file", () => {
  for (const [name, { bytes, says, kind = "malformed" }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const files = filesInMemory({ "x.gguf": bytes() }, "x.gguf");
      const error = await refusal(openWeightFile(files));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe(kind);
      expect(error.details).toMatchObject({ format: "gguf", file: "x.gguf" });
      expect([...files.stillOpen]).toEqual([]);
    });
  }

  it("43: of 5 TB, as its text says, is refused before memory is taken", async () => {
    const head = one({}, { pairs: [{ key: "k", type: 8, value: littleEndian([2 ** 40, 8]) }] });
    const read: number[] = [];
    const source: ByteSource = {
      byteLength: 5 * 2 ** 40,
      read: async (offset, length) => {
        read.push(length);
        const bytes = new Uint8Array(length);
        bytes.set(head.subarray(offset, offset + length));
        return bytes;
      },
    };
    const error = await refusal(openWeightFile(filesInMemory({ x: source }, "x")));
    expect(error.message).toContain(`header is longer than ${MAX_HEADER_BYTES}`);
    expect(read.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 ** 20);
  });

  it("of version 2 is read like one of version 3", async () => {
    const file = await openOne("x.gguf", one({}, { version: 2 }));
    expect(file.format).toBe("gguf");
    expect(await valuesOf(file.tensors[0])).toEqual([0, 0, 0, 0]);
  });

  it("has its dimensions reversed: the columns come first in the file", async () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
    const file = await openOne(
      "x.gguf",
      ggufWith({
        w: { type: 0, dimensions: [3, 2], bytes },
        s: { type: 0, dimensions: [], bytes: bytes.subarray(4, 8) },
      }),
    );
    expect(tensorNamed(file, "w")).toMatchObject({ shape: [2, 3], byteLength: 24, file: "x.gguf" });
    expect(await valuesOf(tensorNamed(file, "w"))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(tensorNamed(file, "s").shape).toEqual([]);
    expect(await valuesOf(tensorNamed(file, "s"))).toEqual([2]);
  });

  it("may align its data by any power of 2", async () => {
    for (const alignment of [1, 8, 64, 4096]) {
      const file = await openOne(
        "x.gguf",
        ggufWith({ a: row(1), b: row(2, 3) }, { alignment, pairs: [pair.u32("general.alignment", alignment)] }),
      );
      expect(await valuesOf(tensorNamed(file, "b"))).toEqual([2, 3]);
    }
  });

  it("keeps scalars and short texts of its metadata, and passes over arrays and long texts", async () => {
    const pairs = [
      pair.text("general.architecture", "llama"),
      pair.u32("llama.block_count", 32),
      pair.f32("llama.rope.freq_base", 0.5),
      pair.u64("general.parameter_count", 2n ** 60n),
      { key: "flag", type: 7, value: Uint8Array.of(1) },
      pair.text("__proto__", "p"),
      pair.text("tokenizer.chat_template", "x".repeat(5000)),
      pair.array("tokenizer.ggml.tokens", 8, [text("a"), text(""), text("ccc")]),
      pair.array("tokenizer.ggml.scores", 6, [new Uint8Array(8)], 2),
      { key: "deep", type: 9, value: nested(4) },
      pair.array("empty", 9, []),
    ];
    const file = await openOne("x.gguf", ggufWith({ a: row(7) }, { pairs }));
    expect(Object.entries(file.metadata)).toEqual([
      ["general.architecture", "llama"],
      ["llama.block_count", "32"],
      ["llama.rope.freq_base", "0.5"],
      ["general.parameter_count", String(2n ** 60n)],
      ["flag", "true"],
      ["__proto__", "p"],
    ]);
    expect(await valuesOf(file.tensors[0])).toEqual([7]);
  });

  it("with a vocabulary of 300,000 is opened by reading its header once, and none of its data", async () => {
    const tokens = Array.from({ length: 300_000 }, (_, k) => text(`token ${k}`));
    const bytes = ggufWith(
      { a: { type: 0, dimensions: [2 ** 20], bytes: new Uint8Array(2 ** 22) } },
      { pairs: [pair.array("t", 8, tokens)] },
    );
    const files = filesInMemory({ "x.gguf": bytes }, "x.gguf");
    await openWeightFile(files);
    const header = bytes.length - 2 ** 22;
    const read = files.reads.reduce((sum, { length }) => sum + length, 0);
    expect(read).toBeLessThan(1.02 * header + 4 * 2 ** 20);
    expect(files.reads.length).toBeLessThan(12);
  });

  it("says what llama.cpp's names say of a tensor", async () => {
    const matrix = { type: 0, dimensions: [2, 2], bytes: SIXTEEN };
    const kernel = { type: 0, dimensions: [1, 1, 2, 2], bytes: SIXTEEN };
    const file = await openOne(
      "x.gguf",
      ggufWith({
        "token_embd.weight": matrix,
        "blk.0.attn_q.weight": matrix,
        "blk.0.attn_norm.weight": row(1, 2),
        "v.blk.0.ln1.bias": row(1, 2),
        "blk.0.attn_q.bias": row(1, 2),
        "v.patch_embd.weight": kernel,
        "blk.0.ffn_gate_exps.weight": { type: 0, dimensions: [2, 1, 2], bytes: SIXTEEN },
      }),
    );
    expect(file.tensors.map(({ hints }) => hints)).toEqual([
      { role: "embedding" },
      { role: "dense", denseLayout: "out-in" },
      { role: "norm" },
      { role: "norm" },
      { role: "bias" },
      { role: "conv", kernelLayout: "oihw" },
      undefined,
    ]);
  });

  it("warns that NVFP4 tensors are read without the factors beside them", async () => {
    const weight = { type: 40, dimensions: [64], bytes: new Uint8Array(36) };
    const file = await openOne("x.gguf", ggufWith({ "a.weight": weight, "a.scale": row(2), "b.weight": weight }));
    expect(file.warnings).toEqual([expect.stringMatching(/^1 NVFP4 tensors .*the first: a\.scale/)]);
  });

  it("90: of 65,536 tiny tensors is opened, of one more is refused", async () => {
    const of = (count: number): Uint8Array => {
      const infos = Array.from({ length: count }, (_, k) => ({ name: `t.${k}`, dimensions: [1], type: 24, offset: k }));
      return ggufOf({ pairs: [pair.u32("general.alignment", 1)], alignment: 1, infos, data: new Uint8Array(count) });
    };
    expect((await openOne("x.gguf", of(65_536))).tensors.length).toBe(65_536);
    expect((await refusal(openOne("x.gguf", of(65_537)))).message).toMatch(
      /65537 tensors are declared, more than 65536/,
    );
  });
});

describe("the codebooks of the IQ types", () => {
  it("have as many different codewords as their indices reach", () => {
    for (const [grid, count, width] of [
      [iq2XxsGrid(), 256, 8],
      [iq2XsGrid(), 512, 8],
      [iq2SGrid(), 1024, 8],
      [iq3XxsGrid(), 256, 4],
      [iq3SGrid(), 512, 4],
      [iq1Grid(), 2048, 8],
    ] as const) {
      const words = Array.from({ length: count }, (_, k) => grid.slice(k * width, (k + 1) * width).join(" "));
      expect(grid.length).toBe(count * width);
      expect(new Set(words).size).toBe(count);
    }
  });
});
