import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { safetensorsOf } from "./build-safetensors.js";
import { fixture, openOne, tensorNamed, valuesOf } from "./files-in-memory.js";

async function decode(dtype: string, data: Uint8Array, count: number): Promise<number[]> {
  const file = await openOne(
    "x",
    safetensorsOf(`{"a":{"dtype":"${dtype}","shape":[${count}],"data_offsets":[0,${data.length}]}}`, data),
  );
  return valuesOf(file.tensors[0]);
}

const everyHalf = (): Uint8Array => new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, code) => code).buffer);
const everyByte = (): Uint8Array => Uint8Array.from({ length: 256 }, (_, code) => code);

/** SHA-256 of the values as little-endian float32, every NaN as 0. */
function digest(values: readonly number[]): string {
  const words = Float32Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
  return createHash("sha256").update(new Uint8Array(words.buffer)).digest("hex");
}

describe("decoding", () => {
  it("gives every binary16 its exact value, as numpy 2.4.6 does", async () => {
    const values = await decode("F16", everyHalf(), 65_536);
    // numpy: a = np.arange(65536, dtype='<u2').view('<f2').astype('<f4'); a[np.isnan(a)] = 0; sha256(a.tobytes())
    expect(digest(values)).toBe("faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd");
    expect(values.filter(Number.isNaN).length).toBe(2 * 1023);
    expect(values[0x0001]).toBe(2 ** -24);
    expect(values[0x7c00]).toBe(Number.POSITIVE_INFINITY);
    expect(Object.is(values[0x8000], -0)).toBe(true);
  });

  it("gives every bfloat16 its exact value, as numpy 2.4.6 does", async () => {
    const values = await decode("BF16", everyHalf(), 65_536);
    // numpy: a = (np.arange(65536, dtype='<u4') << 16).view('<f4'); a[np.isnan(a)] = 0; sha256(a.tobytes())
    expect(digest(values)).toBe("2950e27364395060b01ae85b45dd15a2ab8891f6ee8b0af2b541dbda5524d0b4");
  });

  it("gives every E5M2 the value of the binary16 that it begins", async () => {
    const halves = await decode("F16", everyHalf(), 65_536);
    expect(await decode("F8_E5M2", everyByte(), 256)).toEqual(
      everyByte().reduce((all, code) => all.concat(halves[code << 8]), [] as number[]),
    );
  });

  it("gives E4M3 its published values: no infinity, at most 448, NaN at S.1111.111 [OCP OFP8 table 1]", async () => {
    const values = await decode("F8_E4M3", everyByte(), 256);
    expect(values.filter(Number.isNaN).length).toBe(2);
    expect(values[0x7f]).toBeNaN();
    expect([values[0x7e], values[0xfe]]).toEqual([448, -448]);
    expect([values[0x01], values[0x07], values[0x08]]).toEqual([2 ** -9, 7 * 2 ** -9, 2 ** -6]);
    expect(values[0x38]).toBe(1);
    expect(values.every((value) => value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY)).toBe(
      true,
    );
  });

  it.each([
    ["F8_E4M3FNUZ", { largest: 240, smallest: 2 ** -10, one: 0x40 }],
    ["F8_E5M2FNUZ", { largest: 57344, smallest: 2 ** -17, one: 0x40 }],
  ])("gives %s its published values: no infinity, no -0, NaN only at 0x80 [NJJ22]", async (dtype, known) => {
    const values = await decode(dtype, everyByte(), 256);
    expect(values.flatMap((value, code) => (Number.isNaN(value) ? [code] : []))).toEqual([0x80]);
    expect([values[0x7f], values[0xff]]).toEqual([known.largest, -known.largest]);
    expect([values[0x01], values[known.one], Object.is(values[0], 0)]).toEqual([known.smallest, 1, true]);
    expect(values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)).toBe(false);
  });

  for (const [tensor, dtype] of [
    ["f8", "F8_E4M3"],
    ["f85", "F8_E5M2"],
    ["bf.weight", "BF16"],
    ["h.weight", "F16"],
  ] as const) {
    it(`reads torch's ${dtype} of the reference matrix as the nearest values to it that ${dtype} has`, async () => {
      const file = await openOne("m.safetensors", fixture("m.safetensors"));
      const reference = await valuesOf((await openOne("W.npy", fixture("W.npy"))).tensors[0]);
      const table = (
        await decode(dtype, dtype.startsWith("F8") ? everyByte() : everyHalf(), dtype.startsWith("F8") ? 256 : 65_536)
      )
        .filter(Number.isFinite)
        .sort((a, b) => a - b);
      const stored = await valuesOf(tensorNamed(file, tensor));
      expect(stored.map((value, k) => Math.abs(value - reference[k]))).toEqual(
        reference.map((value) => distanceTo(table, value)),
      );
    });
  }

  it("gives integers and truth values as numbers", async () => {
    expect(await decode("I8", Uint8Array.of(0x80, 0xff), 2)).toEqual([-128, -1]);
    expect(await decode("U16", Uint8Array.of(1, 2), 1)).toEqual([513]);
    expect(await decode("I64", new Uint8Array(BigInt64Array.of(-5n, 2n ** 53n).buffer), 2)).toEqual([-5, 2 ** 53]);
    expect(await decode("U64", new Uint8Array(BigUint64Array.of(2n ** 60n).buffer), 1)).toEqual([2 ** 60]);
    expect(await decode("BOOL", Uint8Array.of(0, 1, 7), 3)).toEqual([0, 1, 1]);
    expect(await decode("F64", new Uint8Array(Float64Array.of(Math.PI).buffer), 1)).toEqual([Math.PI]);
  });

  it("88: passes NaN and infinities on: they are a result, not an error", async () => {
    const values = await decode(
      "F32",
      new Uint8Array(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0).buffer),
      3,
    );
    expect(values).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0]);
  });
});

/** Distance from a value to the nearest entry of a sorted table. */
function distanceTo(table: readonly number[], value: number): number {
  let low = 0;
  let high = table.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table[middle] <= value) low = middle;
    else high = middle;
  }
  return Math.min(Math.abs(table[low] - value), Math.abs(table[high] - value));
}
