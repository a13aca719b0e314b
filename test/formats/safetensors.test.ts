import { describe, expect, it } from "vitest";
import { bytesInMemory, openWeightFile } from "#eigenscope/formats/index.js";
import { safetensorsOf, safetensorsWith } from "./build-safetensors.js";
import { concat, filesInMemory, littleEndian, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const SIXTEEN = new Uint8Array(16);

/** The numbers are those of the list of hostile inputs that this project keeps (docs/formats.md). */
const HOSTILE: Record<string, { bytes: () => Uint8Array; says: RegExp }> = {
  "1: fewer than 8 bytes": { bytes: () => new Uint8Array(7), says: /has 7 bytes, fewer than the 8/ },
  "2: a header longer than the file": {
    bytes: () => concat(littleEndian([500, 8]), "{}"),
    says: /500 bytes is declared, but the file has only 10 in all/,
  },
  "2: a header longer than 100 MB": {
    bytes: () => concat(littleEndian([100_000_001, 8]), "{}"),
    says: /100000001 bytes is declared, more than/,
  },
  "3: a header of 2^63-1 bytes": {
    bytes: () => concat(littleEndian([2n ** 63n - 1n, 8]), "{}"),
    says: /9223372036854775807/,
  },
  "4: a header that is not UTF-8": {
    bytes: () => safetensorsOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
    says: /not valid UTF-8/,
  },
  "4: a header that is not JSON": { bytes: () => safetensorsOf("{hello}"), says: /not valid JSON/ },
  '4: a header that does not begin with "{"': {
    bytes: () => safetensorsOf(' {"a":1}'),
    says: /does not begin with "{"/,
  },
  "4: a header that ends early": { bytes: () => safetensorsOf('{"a":{"dtype":"F32"'), says: /not valid JSON/ },
  "4: an empty header": { bytes: () => safetensorsOf(""), says: /too short/ },
  "5: NUL bytes after the JSON": { bytes: () => safetensorsOf("{}\0\0"), says: /bytes follow the end/ },
  "5: a second object after the JSON": { bytes: () => safetensorsOf("{}{}"), says: /bytes follow the end/ },
  "6: a tensor's name twice": { bytes: () => two('"a"', [0, 8], '"a"', [8, 16]), says: /"a".*twice/ },
  "6: a key twice in an entry": {
    bytes: () => safetensorsOf('{"a":{"dtype":"F32","dtype":"F64","shape":[4],"data_offsets":[0,16]}}', SIXTEEN),
    says: /"dtype\\?" occurs twice/,
  },
  "6: metadata twice": {
    bytes: () => safetensorsOf('{"__metadata__":{},"__metadata__":{}}'),
    says: /__metadata__" occurs twice/,
  },
  "7: overlapping data": { bytes: () => two('"a"', [0, 8], '"b"', [4, 12]), says: /overlaps/ },
  "8: a hole between tensors": {
    bytes: () => two('"a"', [0, 4], '"b"', [8, 16]),
    says: /4 bytes before its data belong to no tensor/,
  },
  "8: a hole before the first tensor": {
    bytes: () => two('"a"', [4, 8], '"b"', [8, 16]),
    says: /4 bytes before its data/,
  },
  "9: bytes after the last tensor": {
    bytes: () => one({}, concat(SIXTEEN, "PK")),
    says: /2 bytes follow the last tensor/,
  },
  "10: data shorter than the last offset": { bytes: () => one({}, new Uint8Array(8)), says: /truncated/ },
  "11: a shape of other bytes than the span": {
    bytes: () => one({ shape: "[5]" }),
    says: /needs 20 bytes, but its data_offsets span 16/,
  },
  "12: a product of 2^64": { bytes: () => one({ shape: "[4294967296,4294967296]" }), says: /overflows/ },
  "12: a product that overflows before a 0": {
    bytes: () => one({ shape: "[4294967296,4294967296,0]", offsets: "[0,0]" }, new Uint8Array(0)),
    says: /overflows/,
  },
  "13: a negative side": { bytes: () => one({ shape: "[-4]" }), says: /holds -4/ },
  "13: a fractional side": { bytes: () => one({ shape: "[4.0]" }), says: /holds 4\.0/ },
  "13: an offset with an exponent": { bytes: () => one({ offsets: "[0,1.6e1]" }), says: /holds 1\.6e1/ },
  "13: an end before the beginning": { bytes: () => one({ offsets: "[16,0]" }), says: /before it begins/ },
  "13: an offset past the safe integers": {
    bytes: () => one({ offsets: "[0,18446744073709551616]" }),
    says: /whole numbers/,
  },
  "14: an unknown dtype": { bytes: () => one({ dtype: '"F7"' }), says: /"F7" is not defined/ },
  "14: a dtype that is no string": { bytes: () => one({ dtype: "7" }), says: /dtype 7 is not defined/ },
  "15: a tensor called __proto__": { bytes: () => one({ name: '"__proto__"' }), says: /attack on JavaScript/ },
  "15: a tensor called constructor, escaped": {
    bytes: () => one({ name: '"\\u0063onstructor"' }),
    says: /attack on JavaScript/,
  },
  "16: metadata that is no map": { bytes: () => safetensorsOf('{"__metadata__":[]}'), says: /not an object/ },
  "16: metadata of numbers": { bytes: () => safetensorsOf('{"__metadata__":{"a":1}}'), says: /only strings/ },
  "20: an odd count of 4-bit elements": {
    bytes: () => one({ dtype: '"F4"', shape: "[3]", offsets: "[0,2]" }, new Uint8Array(2)),
    says: /do not fill whole bytes/,
  },
  "21: JSON nested 100,000 deep": {
    bytes: () => safetensorsOf(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`),
    says: /nested deeper/,
  },
  "an entry with an unknown key": {
    bytes: () => safetensorsOf('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1}}', SIXTEEN),
    says: /unknown key "x"/,
  },
  "half of a surrogate pair in a name": { bytes: () => one({ name: '"\\ud800"' }), says: /surrogate/ },
  "a control character in a name": { bytes: () => one({ name: '"a\tb"' }), says: /control character/ },
  "65 axes": { bytes: () => one({ shape: `[4${",1".repeat(64)}]` }), says: /65 axes/ },
  "a name of 5000 characters": { bytes: () => one({ name: `"${"n".repeat(5000)}"` }), says: /5000 characters/ },
};

function entry({ name = '"a"', dtype = '"F32"', shape = "[4]", offsets = "[0,16]" }): string {
  return `${name}:{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
}

function one(parts: Parameters<typeof entry>[0], data: Uint8Array = SIXTEEN): Uint8Array {
  return safetensorsOf(`{${entry(parts)}}`, data);
}

/** Two f32 tensors at the given spans of 16 bytes. */
function two(a: string, spanA: readonly [number, number], b: string, spanB: readonly [number, number]): Uint8Array {
  const of = (name: string, [begin, end]: readonly [number, number]): string =>
    entry({ name, shape: `[${(end - begin) / 4}]`, offsets: `[${begin},${end}]` });
  return safetensorsOf(`{${of(a, spanA)},${of(b, spanB)}}`, SIXTEEN);
}

describe("a safetensors file", () => {
  for (const [name, { bytes, says }] of Object.entries(HOSTILE)) {
    it(`is refused with ${name}`, async () => {
      const error = await refusal(openOne("x.safetensors", bytes()));
      expect(error.message).toMatch(says);
      expect(error.kind).toBe("malformed");
      expect(error.details).toMatchObject({ format: "safetensors", file: "x.safetensors" });
    });
  }

  it("gives its tensors in the order of their data, whatever the header's", async () => {
    const file = await openOne("x.safetensors", two('"b"', [8, 16], '"a"', [0, 8]));
    expect(file.tensors.map((tensor) => tensor.name)).toEqual(["a", "b"]);
  });

  it("may hold no tensor, scalars and empty tensors, which are not tied for lying at one place", async () => {
    expect((await openOne("x.safetensors", safetensorsOf("{}"))).tensors).toEqual([]);
    const empty = (name: string): string => `"${name}":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}`;
    const file = await openOne(
      "x",
      safetensorsOf(
        `{${empty("a")},${empty("b")},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  `,
        new Uint8Array(4),
      ),
    );
    expect(new Set(file.tensors.map((tensor) => tensor.storageKey)).size).toBe(3);
    expect(await valuesOf(tensorNamed(file, "a"))).toEqual([]);
    expect(await valuesOf(tensorNamed(file, "s"))).toEqual([0]);
  });

  it("keeps its metadata, reserved words included, as plain entries", async () => {
    const file = await openOne("x.safetensors", safetensorsOf('{"__metadata__":{"format":"pt","__proto__":"p"}}'));
    expect(Object.entries(file.metadata)).toEqual([
      ["format", "pt"],
      ["__proto__", "p"],
    ]);
  });

  it("reads data that no element size aligns, in ranges and chunks", async () => {
    const bytes = safetensorsWith({ abc: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } });
    for (const pad of ["", " ", "  ", "   "]) {
      const text = new TextDecoder().decode(bytes.subarray(8, bytes.length - 24)) + pad;
      const tensor = (await openOne("x", safetensorsOf(text, bytes.subarray(bytes.length - 24)))).tensors[0];
      expect(await valuesOf(tensor)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await valuesOf(tensor, { from: 1, to: 5, chunk: 3 })).toEqual([2, 3, 4, 5]);
    }
  });

  it("yields chunks of at most the asked size, each in memory of its own", async () => {
    const bytes = safetensorsWith({ a: { shape: [5], values: [1, 2, 3, 4, 5] } });
    const [tensor] = (await openOne("x", bytes)).tensors;
    const sizes: number[] = [];
    for await (const chunk of tensor.values({ chunk: 2 })) {
      sizes.push(chunk.length);
      chunk.fill(0);
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(await valuesOf(tensor)).toEqual([1, 2, 3, 4, 5]);
  });

  it("refuses a range outside the tensor as a caller's mistake", async () => {
    const [tensor] = (await openOne("x", safetensorsWith({ a: { shape: [5], values: [1, 2, 3, 4, 5] } }))).tensors;
    await expect(valuesOf(tensor, { to: 6 })).rejects.toThrow(/range \[0, 6\)/);
    await expect(valuesOf(tensor, { chunk: 0 })).rejects.toThrow(/chunk of 0/);
  });

  it("reads no data when it is opened, and no more than the header's bytes", async () => {
    const bytes = safetensorsWith({ a: { shape: [1000], values: new Float32Array(1000) } });
    const files = filesInMemory({ "x.safetensors": bytes }, "x.safetensors");
    await openWeightFile(files);
    const read = files.reads.reduce((sum, { length }) => sum + length, 0);
    // The head that tells the format (the smaller of 4096 bytes and the file) and the header itself.
    expect(read).toBeLessThan(4096 + 8 + 200);
  });

  it("lists types that it cannot decode and refuses their values by name", async () => {
    const file = await openOne("x", one({ dtype: '"F4"', shape: "[32]" }));
    expect(file.tensors[0]).toMatchObject({ floating: false, dtype: "F4", storedBits: 4 });
    expect((await refusal(valuesOf(file.tensors[0]))).message).toMatch(/F4, which this version does not decode/);
  });

  it("names the file where bytes cannot be had, and stops with the signal's reason", async () => {
    const whole = bytesInMemory(safetensorsWith({ a: { shape: [4], values: [1, 2, 3, 4] } }));
    let broken = false;
    const source = {
      ...whole,
      read: (offset: number, length: number) =>
        broken ? Promise.reject(new Error("disk on fire")) : whole.read(offset, length),
    };
    const file = await openWeightFile(filesInMemory({ x: source }, "x"));
    const stopped = AbortSignal.abort(new Error("enough"));
    await expect(valuesOf(file.tensors[0], { signal: stopped })).rejects.toThrow("enough");
    broken = true;
    const error = await refusal(valuesOf(file.tensors[0]));
    expect(error.kind).toBe("unreadable");
    expect(error.message).toMatch(/x, tensor "a".*disk on fire/);
  });

  it("90: of 200,000 tiny tensors is opened, of one more is refused", async () => {
    const of = (count: number): Uint8Array => {
      const header = Array.from(
        { length: count },
        (_, k) => `"t.${k}":{"dtype":"U8","shape":[1],"data_offsets":[${k},${k + 1}]}`,
      );
      return safetensorsOf(`{${header.join(",")}}`, new Uint8Array(count));
    };
    expect((await openOne("x", of(200_000))).tensors.length).toBe(200_000);
    expect((await refusal(openOne("x", of(200_001)))).message).toMatch(/more than 200000 tensors/);
  });
});
