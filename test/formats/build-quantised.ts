import type { StoredPart } from "./build-safetensors.js";

/** Whole numbers below `below`, the same at each run, with no pattern that a wrong order could share. */
export function scrambled(count: number, below: number, seed = 1): number[] {
  return Array.from(
    { length: count },
    (_, k) => Math.floor((((Math.sin(k * 12.9898 + seed * 78.233) * 43758.5453) % 1) + 1) * below) % below,
  );
}

/** Scales with 3 bits of fraction: exact in every float type from bfloat16 on. */
export function plainScales(count: number, seed = 7): number[] {
  return scrambled(count, 64, seed).map((code) => (1 + (code & 7) / 8) * 2 ** ((code >> 3) - 6));
}

export const f32 = (shape: readonly number[], values: readonly number[]): StoredPart => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

export const bf16 = (shape: readonly number[], values: readonly number[]): StoredPart => {
  const words = new Uint32Array(Float32Array.from(values).buffer);
  return { dtype: "BF16", shape, bytes: new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer) };
};

export const i32 = (shape: readonly number[], values: readonly number[]): StoredPart => ({
  dtype: "I32",
  shape,
  bytes: new Uint8Array(Int32Array.from(values).buffer),
});

export const u32 = (shape: readonly number[], values: readonly number[]): StoredPart => ({
  ...i32(shape, values),
  dtype: "U32",
});

export const i64 = (shape: readonly number[], values: readonly number[]): StoredPart => ({
  dtype: "I64",
  shape,
  bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

export const bytes = (dtype: string, shape: readonly number[], values: readonly number[]): StoredPart => ({
  dtype,
  shape,
  bytes: Uint8Array.from(values),
});

/** Codes packed into words of 32 bits one bit at a time, the first code's lowest bit first. */
export function wordsOf(codes: readonly number[], bits: number): number[] {
  const words: number[] = new Array(Math.ceil((codes.length * bits) / 32)).fill(0);
  codes.forEach((code, k) => {
    for (let b = 0; b < bits; b++) {
      const bit = k * bits + b;
      if ((code >> b) & 1) words[Math.floor(bit / 32)] |= 1 << (bit % 32);
    }
  });
  return words;
}

export const E2M1_VALUES = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** The value of an E4M3 code, from its definition. */
export function e4m3(code: number): number {
  const sign = code & 128 ? -1 : 1;
  const exponent = (code >> 3) & 15;
  const fraction = code & 7;
  return sign * (exponent === 0 ? (fraction / 8) * 2 ** -6 : (1 + fraction / 8) * 2 ** (exponent - 7));
}

/** E4M3 codes that are numbers. */
export function e4m3Codes(count: number): number[] {
  return scrambled(count, 254, 3).map((code) => (code >= 127 ? code + 1 : code));
}

export function rows<T>(count: number, length: number, entry: (i: number, j: number) => T): T[] {
  return Array.from({ length: count * length }, (_, k) => entry(Math.floor(k / length), k % length));
}
