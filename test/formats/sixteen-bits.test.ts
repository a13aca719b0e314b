import { describe, expect, it } from "vitest";
import { bf16Bits, bf16Value, f16Bits, f16Value } from "#eigenscope/formats/safetensors/sixteen-bits.js";

/** Every finite code, both signs. */
const codes = Array.from({ length: 2 ** 16 }, (_, code) => code);

describe.each([
  ["BF16", bf16Bits, bf16Value],
  ["F16", f16Bits, f16Value],
] as const)("%s", (_, bits, value) => {
  it("gives every number its own bits back, and NaN some NaN", () => {
    const wrong = codes.filter((code) =>
      Number.isNaN(value(code)) ? !Number.isNaN(value(bits(value(code)))) : bits(value(code)) !== code,
    );
    expect(wrong).toEqual([]);
  });

  it("rounds to the nearest number, and a tie to the even one", () => {
    const numbers = codes.filter((code) => code < 0x8000 && Number.isFinite(value(code)));
    const wrong = numbers.slice(0, -1).filter((code) => {
      const [low, high] = [value(code), value(code + 1)];
      const middle = (low + high) / 2;
      // Numbers of f32: those that the writer is given.
      const near = Math.fround(low + 0.49 * (high - low));
      const even = code % 2 === 0 ? code : code + 1;
      return bits(near) !== code || bits(Math.fround(low + 0.51 * (high - low))) !== code + 1 || bits(middle) !== even;
    });
    // Below 2^-149 f32 has no number between two of BF16.
    expect(wrong.filter((code) => value(code) > 2 ** -140)).toEqual([]);
  });

  it("makes what is too large infinite", () => {
    expect(value(bits(3.4e38 * (value === f16Value ? 1 : 1.0001)))).toBe(Number.POSITIVE_INFINITY);
    expect(value(bits(Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("F16", () => {
  it("has 65504 as its largest number, and rounds up to infinity from 65520", () => {
    expect(f16Value(f16Bits(65519.99))).toBe(65504);
    expect(f16Value(f16Bits(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(f16Bits(1)).toBe(0x3c00);
    expect(f16Bits(-2)).toBe(0xc000);
    expect(f16Bits(2 ** -24)).toBe(1);
    expect(f16Bits(-0)).toBe(0x8000);
  });
});
