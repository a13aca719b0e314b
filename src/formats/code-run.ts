import type { Cursor, StoredBytes } from "../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "./element-types.js";
import { readValues, resolveRange } from "./stream-elements.js";
import type { ValueRange, Values } from "./tensor.js";

/**
 * The storage of one kind of code (a small integer or float that represents a weight): 2, 4, 8, 16 or 32 bits, the
 * first code in the lowest bits of a byte.
 */
export interface CodeType {
  readonly bits: number;
  /** `count` codes of `bytes`, after the first `skip`. */
  decode(bytes: Uint8Array, skip: number, count: number): Values;
}

/** Codes stored one after the other. */
export interface CodeRun {
  readonly stored: StoredBytes;
  /** Offset of the first code's byte. */
  readonly offset: number;
  /** Number of codes, without padding. */
  readonly count: number;
  readonly type: CodeType;
  /** Set if padding follows every `length` codes, up to `stride`: packed rows begin on whole blocks or bytes. */
  readonly row?: { readonly length: number; readonly stride: number };
}

/** The code type for a name used by safetensors, "U4", "I4", "U2" and "I2" included; undefined for any other name. */
export function codeTypeOf(dtype: string): CodeType | undefined {
  const packed = /^([UI])([24])$/.exec(dtype);
  if (packed !== null) return packedIntegers(Number(packed[2]), packed[1] === "I");
  const type = ELEMENT_TYPES.get(dtype);
  if (type === undefined) return undefined;
  const { bytes: size } = type;
  return {
    bits: size * 8,
    decode: (bytes, skip, count) => decodeElements(bytes.subarray(skip * size, (skip + count) * size), type),
  };
}

/** Integers of fewer than 8 bits, unsigned or in two's complement. */
function packedIntegers(bits: number, signed: boolean): CodeType {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const half = signed ? 1 << (bits - 1) : 1 << bits;
  return {
    bits,
    decode(bytes, skip, count) {
      const codes = new Float32Array(count);
      for (let k = 0, at = skip; k < count; k++, at++) {
        const code = (bytes[Math.floor(at / perByte)] >> (bits * (at % perByte))) & mask;
        codes[k] = code < half ? code : code - 2 * half;
      }
      return codes;
    },
  };
}

/** Bytes that a run occupies. */
export function storedLength({ count, type, row }: Omit<CodeRun, "stored" | "offset">): number {
  return Math.ceil((padded(count, row) * type.bits) / 8);
}

/** Reads and decodes a range of codes in consecutive chunks. */
export async function* streamCodes(run: CodeRun, range: ValueRange = {}): AsyncGenerator<Values> {
  const { from, to, chunk } = resolveRange(range, run.count, Math.max(1, run.type.bits / 8));
  if (from === to) return;
  const cursor = run.stored.openCursor();
  try {
    for (let at = from; at < to; at += chunk)
      yield await readCodes(cursor, run, { from: at, to: Math.min(to, at + chunk), signal: range.signal });
  } finally {
    await cursor.close();
  }
}

interface CodeRange {
  readonly from: number;
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

async function readCodes(
  cursor: Cursor,
  { offset, type, row }: CodeRun,
  { from, to, signal }: CodeRange,
): Promise<Values> {
  const first = padded(from, row);
  const last = padded(to - 1, row) + 1;
  const firstByte = Math.floor((first * type.bits) / 8);
  const where = { offset: offset + firstByte, length: Math.ceil((last * type.bits) / 8) - firstByte, signal };
  const skip = first - (firstByte * 8) / type.bits;
  const codes = await readValues(cursor, where, (bytes) => type.decode(bytes, skip, last - first));
  if (row === undefined || row.length === row.stride) return codes;

  const kept = codes.slice(0, to - from);
  for (let k = from; k < to; ) {
    const rowEnd = Math.min(to, k - (k % row.length) + row.length);
    const source = padded(k, row) - first;
    kept.set(codes.subarray(source, source + rowEnd - k), k - from);
    k = rowEnd;
  }
  return kept;
}

/** The position of code number `index` among all codes, padding included. */
function padded(index: number, row: CodeRun["row"]): number {
  return row === undefined ? index : Math.floor(index / row.length) * row.stride + (index % row.length);
}
