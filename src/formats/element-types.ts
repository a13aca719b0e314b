import { giveBack, takeBuffer } from "../bytes/recycled-buffers.js";
import { E8M0 } from "./small-floats.js";
import type { Values } from "./tensor.js";

/**
 * The storage and decoding of one element type. `decode` takes bytes in the machine's order, in a buffer of their own,
 * and may view or overwrite it.
 */
export interface ElementType {
  readonly bytes: number;
  readonly floating: boolean;
  decode(buffer: ArrayBuffer): Values;
}

const HOST_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The element types that are decoded, under safetensors' names. Floating-point types are exact: every stored value,
 * subnormals, infinities and NaN included, becomes the same number. 64-bit integers become doubles, exact up to 2^53.
 */
export const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["F64", { bytes: 8, floating: true, decode: (buffer) => new Float64Array(buffer) }],
  ["F32", { bytes: 4, floating: true, decode: (buffer) => new Float32Array(buffer) }],
  ["F16", { bytes: 2, floating: true, decode: (buffer) => lookUp(new Uint16Array(buffer), halfTable()) }],
  ["BF16", { bytes: 2, floating: true, decode: decodeBfloat16 }],
  ["F8_E4M3", { bytes: 1, floating: true, decode: (buffer) => lookUp(new Uint8Array(buffer), e4m3Table()) }],
  ["F8_E5M2", { bytes: 1, floating: true, decode: (buffer) => lookUp(new Uint8Array(buffer), e5m2Table()) }],
  ["F8_E4M3FNUZ", { bytes: 1, floating: true, decode: (buffer) => lookUp(new Uint8Array(buffer), e4m3fnuzTable()) }],
  ["F8_E5M2FNUZ", { bytes: 1, floating: true, decode: (buffer) => lookUp(new Uint8Array(buffer), e5m2fnuzTable()) }],
  // Scales, never weights: a power of two says nothing of a matrix.
  ["F8_E8M0", { bytes: 1, floating: false, decode: (buffer) => Float64Array.from(new Uint8Array(buffer), e8m0) }],
  [
    "BOOL",
    {
      bytes: 1,
      floating: false,
      decode: (buffer) => Float32Array.from(new Uint8Array(buffer), (byte) => (byte === 0 ? 0 : 1)),
    },
  ],
  ["I8", { bytes: 1, floating: false, decode: (buffer) => new Float32Array(new Int8Array(buffer)) }],
  ["U8", { bytes: 1, floating: false, decode: (buffer) => new Float32Array(new Uint8Array(buffer)) }],
  ["I16", { bytes: 2, floating: false, decode: (buffer) => new Float32Array(new Int16Array(buffer)) }],
  ["U16", { bytes: 2, floating: false, decode: (buffer) => new Float32Array(new Uint16Array(buffer)) }],
  ["I32", { bytes: 4, floating: false, decode: (buffer) => new Float64Array(new Int32Array(buffer)) }],
  ["U32", { bytes: 4, floating: false, decode: (buffer) => new Float64Array(new Uint32Array(buffer)) }],
  ["I64", { bytes: 8, floating: false, decode: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number) }],
  ["U64", { bytes: 8, floating: false, decode: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number) }],
]);

function e8m0(code: number): number {
  return E8M0[code];
}

export interface StoredElements {
  /** The order on disk. */
  readonly bigEndian?: boolean | undefined;
  /** The bytes are a whole buffer that nobody else uses: the values may take its place. Else they are not modified. */
  readonly owned?: boolean | undefined;
}

/** Decodes stored elements. */
export function decodeElements(
  stored: Uint8Array,
  type: ElementType,
  { bigEndian = false, owned = false }: StoredElements = {},
): Values {
  const buffer = owned ? (stored.buffer as ArrayBuffer) : copyOf(stored);
  const own = new Uint8Array(buffer);
  if (type.bytes > 1 && bigEndian === HOST_IS_LITTLE) reverseElementsInPlace(own, type.bytes);
  const values = type.decode(buffer);
  if (!owned && values.buffer !== buffer) giveBack(own);
  return values;
}

function copyOf(stored: Uint8Array): ArrayBuffer {
  const buffer = takeBuffer(stored.length);
  new Uint8Array(buffer).set(stored);
  return buffer;
}

function reverseElementsInPlace(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

function lookUp(codes: Uint8Array | Uint16Array, table: Float32Array): Float32Array {
  const values = new Float32Array(takeBuffer(4 * codes.length));
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]];
  return values;
}

/** A bfloat16 is the upper half of a float32. */
function decodeBfloat16(buffer: ArrayBuffer): Float32Array {
  const codes = new Uint16Array(buffer);
  const words = new Uint32Array(takeBuffer(4 * codes.length));
  for (let i = 0; i < codes.length; i++) words[i] = codes[i] << 16;
  return new Float32Array(words.buffer);
}

/** The values of all 65,536 codes of IEEE 754 binary16: 5 exponent bits (bias 15), 10 fraction bits. */
export const halfTable = once(() =>
  Float32Array.from({ length: 65_536 }, (_, code) =>
    ieeeValue(code, { exponentBits: 5, fractionBits: 10, hasInfinity: true }),
  ),
);

/** FP8 E5M2 [OFP8]: a binary16 whose fraction stops after 2 bits. */
const e5m2Table = once(() => Float32Array.from({ length: 256 }, (_, code) => halfTable()[code << 8]));

/**
 * FP8 E4M3 [OFP8], the "FN" variant: no infinity; only S.1111.111 is NaN, the other codes of the top exponent are
 * numbers up to 448.
 */
export const e4m3Table = once(() =>
  Float32Array.from({ length: 256 }, (_, code) =>
    ieeeValue(code, { exponentBits: 4, fractionBits: 3, hasInfinity: false }),
  ),
);

/**
 * The FNUZ variants of AMD's MI300: a bias that is larger by 1, no infinity, no negative zero. Its code is the only NaN
 * [NJJ22].
 */
const e4m3fnuzTable = once(() => fnuzTable(3));
const e5m2fnuzTable = once(() => fnuzTable(2));

function fnuzTable(fractionBits: number): Float32Array {
  const steps = 1 << fractionBits;
  const bias = 1 << (6 - fractionBits);
  return Float32Array.from({ length: 256 }, (_, code) => {
    if (code === 0x80) return Number.NaN;
    const sign = code < 0x80 ? 1 : -1;
    const exponent = (code & 0x7f) >> fractionBits;
    const fraction = (code & (steps - 1)) / steps;
    return sign * (exponent === 0 ? 2 ** (1 - bias) * fraction : 2 ** (exponent - bias) * (1 + fraction));
  });
}

interface FloatFormat {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly hasInfinity: boolean;
}

/** The value of a small binary float: (-1)^s 2^(e-bias) (1 + f/2^k), or subnormal 2^(1-bias) f/2^k if e = 0. */
function ieeeValue(code: number, { exponentBits, fractionBits, hasInfinity }: FloatFormat): number {
  const sign = code >> (exponentBits + fractionBits) === 0 ? 1 : -1;
  const top = (1 << exponentBits) - 1;
  const exponent = (code >> fractionBits) & top;
  const steps = 1 << fractionBits;
  const fraction = code & (steps - 1);
  const bias = top >> 1;
  if (exponent === 0) return (sign * 2 ** (1 - bias) * fraction) / steps;
  if (exponent === top && hasInfinity) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === top && fraction === steps - 1) return Number.NaN;
  return sign * 2 ** (exponent - bias) * (1 + fraction / steps);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
