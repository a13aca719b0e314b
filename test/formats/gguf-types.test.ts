import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { giveBack } from "#eigenscope/bytes/recycled-buffers.js";
import { GGML_TYPES } from "#eigenscope/formats/gguf/ggml-types.js";
import { ggufWith } from "./build-gguf.js";
import { fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

const NUMBERS = new Map([...GGML_TYPES].map(([number, { name }]) => [name, number]));
const fixtures = readdirSync(new URL("../fixtures/formats/", import.meta.url));
const RAW = fixtures.flatMap((file) => /^raw_(.*)\.npy$/.exec(file)?.[1] ?? []);

async function arrayOf(file: string): Promise<{ shape: readonly number[]; values: number[] }> {
  const [tensor] = (await openOne(file, fixture(file))).tensors;
  return { shape: tensor.shape, values: await valuesOf(tensor) };
}

/** Bits tell -0 from 0 and find NaN equal to itself; NaN's payload is nobody's business. */
function bits(values: readonly number[]): number[] {
  return [...new Int32Array(Float32Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value)).buffer)];
}

/** Eight rows of 256 values from random blocks, as gguf-py 0.19 was given them. */
async function rawTensor(type: string) {
  const bytes = Uint8Array.from((await arrayOf(`raw_${type}.npy`)).values);
  const file = await openOne("x.gguf", ggufWith({ w: { type: NUMBERS.get(type)!, dimensions: [256, 8], bytes } }));
  return tensorNamed(file, "w");
}

describe("a type of ggml", () => {
  it("that gguf-py dequantises has a fixture", () => {
    const written = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4"];
    const quantised = [...GGML_TYPES.values()].filter(({ quantised: is, decode }) => is && decode !== undefined);
    expect(quantised.map(({ name }) => name).filter((name) => !RAW.includes(name) && !written.includes(name))).toEqual(
      [],
    );
    expect(RAW.length).toBe(15);
  });

  for (const type of RAW) {
    it(`(${type}) is dequantised to the bits of gguf-py 0.19`, async () => {
      const tensor = await rawTensor(type);
      const wanted = await arrayOf(`deq_${type}.npy`);
      expect(tensor).toMatchObject({ shape: wanted.shape, dtype: type, floating: true, quantised: true });
      expect(bits(await valuesOf(tensor))).toEqual(bits(wanted.values));
    });
  }

  for (const type of ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "F16", "BF16", "F32"]) {
    it(`(${type}) written by gguf-py is read to its bits`, async () => {
      const file = await openOne("m.gguf", fixture("m.gguf"));
      expect(bits(await valuesOf(tensorNamed(file, `t.${type}`)))).toEqual(
        bits((await arrayOf(`gg_${type}.npy`)).values),
      );
    });
  }

  const decoded = [...GGML_TYPES.values()].filter(({ decode }) => decode !== undefined);
  it.each(decoded)("($name) has no trace of what was in its memory before", ({ blockSize, blockBytes, decode }) => {
    // 64 KiB of values: less is not kept.
    const blocks = 2 ** 14 / blockSize;
    const bytes = Uint8Array.from({ length: blocks * blockBytes }, (_, k) => (k * 37) % 251);
    const first = decode!(bytes).slice();
    giveBack(new Float32Array(first.length).fill(Number.NaN));
    expect(bits([...decode!(bytes)])).toEqual(bits([...first]));
  });

  it("(Q8_0) is within half a step of what was quantised, row for row", async () => {
    const wanted = (await arrayOf("X.npy")).values;
    const found = await valuesOf(tensorNamed(await openOne("m.gguf", fixture("m.gguf")), "t.Q8_0"));
    for (let block = 0; block < wanted.length; block += 32) {
      const largest = Math.max(...wanted.slice(block, block + 32).map(Math.abs));
      // Half a step of 1/127 of the largest, and the step's own rounding to 11 bits on top.
      const bound = largest * (1 / 254 + 2 ** -11);
      for (let k = block; k < block + 32; k++) expect(Math.abs(found[k] - wanted[k])).toBeLessThanOrEqual(bound);
    }
  });

  it("gives any range of values, in chunks that no block divides", async () => {
    for (const type of ["Q6_K", "IQ4_NL", "NVFP4"]) {
      const tensor = await rawTensor(type);
      const all = bits(await valuesOf(tensor));
      for (const { from, to, chunk } of [
        { from: 1, to: 255, chunk: 7 },
        { from: 255, to: 257, chunk: 1 },
        { from: 256, to: 512, chunk: 256 },
        { from: 31, to: 2048, chunk: 300 },
        { from: 2048, to: 2048, chunk: 5 },
      ]) {
        expect(bits(await valuesOf(tensor, { from, to, chunk }))).toEqual(all.slice(from, to));
      }
    }
  });

  it("yields chunks in memory of their own, of the asked size", async () => {
    const tensor = await rawTensor("Q4_K");
    const sizes: number[] = [];
    for await (const values of tensor.values({ from: 10, to: 600, chunk: 256 })) {
      sizes.push(values.length);
      expect(values.buffer.byteLength).toBe(values.byteLength);
    }
    expect(sizes).toEqual([256, 256, 78]);
  });

  it("of integers is read as it stands, and is no weight", async () => {
    const bytes = new Uint8Array(BigInt64Array.of(-(2n ** 40n), 5n).buffer);
    const file = await openOne(
      "x.gguf",
      ggufWith({
        i: { type: 27, dimensions: [2], bytes },
        b: { type: 24, dimensions: [2], bytes: Uint8Array.of(255, 7) },
      }),
    );
    expect(tensorNamed(file, "i")).toMatchObject({ dtype: "I64", floating: false, quantised: false });
    expect(await valuesOf(tensorNamed(file, "i"))).toEqual([-(2 ** 40), 5]);
    expect(await valuesOf(tensorNamed(file, "b"))).toEqual([-1, 7]);
  });

  it("counts its scales among the bits that a value is stored in", () => {
    const bitsOf = (name: string) => {
      const { blockBytes, blockSize } = GGML_TYPES.get(NUMBERS.get(name)!)!;
      return (8 * blockBytes) / blockSize;
    };
    expect(["F32", "BF16", "Q8_0", "Q6_K", "Q4_K", "IQ1_S"].map(bitsOf)).toEqual([32, 16, 8.5, 6.5625, 4.5, 1.5625]);
  });

  it("that is known and not decoded is listed, and its values refused by name", async () => {
    const file = await openOne("x.gguf", ggufWith({ q: { type: 15, dimensions: [256], bytes: new Uint8Array(292) } }));
    expect(file.tensors[0]).toMatchObject({ dtype: "Q8_K", floating: false });
    const error = await refusal(valuesOf(file.tensors[0]));
    expect(error.message).toMatch(
      /gguf, x\.gguf, tensor "q": its values are of type Q8_K, which this version does not decode/,
    );
    expect(error.kind).toBe("unsupported");
  });
});
