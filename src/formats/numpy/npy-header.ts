import { FormatError, type FormatErrorKind } from "../../bytes/errors.js";
import type { Cursor, ErrorLocation } from "../../bytes/stored-bytes.js";
import { elementCount } from "../shape.js";

/** NumPy itself refuses headers over 10,000 characters; only structured types, which are refused here, need more. */
const MAX_HEADER_BYTES = 65_536;

/** The contents of an .npy header [NumPy NEP 1]. */
export interface NpyHeader {
  /** NumPy's own description, "<f4". */
  readonly descr: string;
  /** The element type under safetensors' name; undefined if this version does not decode it. */
  readonly dtype: string | undefined;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Offset of the data. */
  readonly dataOffset: number;
}

/** The NumPy kinds and sizes that are decoded. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["f2", "F16"],
  ["f4", "F32"],
  ["f8", "F64"],
  ["i1", "I8"],
  ["i2", "I16"],
  ["i4", "I32"],
  ["i8", "I64"],
  ["u1", "U8"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ["b1", "BOOL"],
]);

export function isNpyMagic(head: Uint8Array): boolean {
  return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59].every((byte, i) => head[i] === byte);
}

/**
 * Reads the header of an array from its first byte (versions 1, 2 and 3). The dictionary is parsed by the one grammar
 * that NumPy writes; nothing is evaluated. Throws `FormatError`.
 */
export async function readNpyHeader(
  cursor: Cursor,
  byteLength: number,
  where: ErrorLocation & { signal?: AbortSignal | undefined },
): Promise<NpyHeader> {
  const { signal, ...file } = where;
  const fail = (reason: string, offset: number, kind: FormatErrorKind = "malformed"): never => {
    throw new FormatError(reason, { ...file, kind, offset });
  };
  if (byteLength < 10) fail(`${byteLength} bytes are too few for an .npy header`, 0);
  const prefix = await cursor.read(0, Math.min(12, byteLength), signal);
  if (!isNpyMagic(prefix)) fail("it does not begin with NumPy's magic bytes", 0);
  const [major, minor] = [prefix[6], prefix[7]];
  if (major < 1 || major > 3 || minor !== 0)
    fail(`version ${major}.${minor} of the format is unknown; only 1.0, 2.0 and 3.0 are supported`, 6, "unsupported");

  const lengthBytes = major === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (byteLength < start) fail(`${byteLength} bytes are too few for an .npy header`, 0);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) fail(`a header of ${length} bytes is declared, more than ${MAX_HEADER_BYTES}`, 8);
  if (start + length > byteLength)
    fail(`a header of ${length} bytes is declared, but only ${byteLength - start} follow`, 8);
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(await cursor.read(start, length, signal));
  return { ...parseDictionary(text, (reason, at, kind) => fail(reason, start + at, kind)), dataOffset: start + length };
}

type Fail = (reason: string, at: number, kind?: FormatErrorKind) => never;

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (64, 96), }` in any order of its three keys. */
function parseDictionary(text: string, fail: Fail): Omit<NpyHeader, "dataOffset"> {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const found = new Map<string, string>();
  if (take(/\s*\{\s*/y) === null) fail("the header is not a dictionary", at);
  while (take(/\}\s*/y) === null) {
    const key = take(/(['"])(descr|fortran_order|shape)\1\s*:\s*/y)?.[2];
    if (key === undefined) fail("expected one of the keys 'descr', 'fortran_order' and 'shape'", at);
    if (found.has(key)) fail(`the key '${key}' occurs twice`, at);
    if (key === "descr" && text[at] === "[")
      fail(`structured types (${text.slice(at, at + 60)}) are not weights`, at, "unsupported");
    const value = take(VALUES[key as keyof typeof VALUES])?.[1];
    if (value === undefined) fail(`the value of '${key}' does not have the form that NumPy writes`, at);
    found.set(key, value);
    if (take(/\s*,\s*/y) === null && take(/\s*(?=\})/y) === null) fail('expected "," or "}"', at);
  }
  if (at !== text.length) fail("the header's dictionary is followed by extra text", at);

  const [descr, order, shape] = ["descr", "fortran_order", "shape"].map(
    (key) => found.get(key) ?? fail(`the key '${key}' is missing`, at),
  );
  return { ...readDescr(descr.slice(1, -1), fail), fortranOrder: order === "True", shape: readShape(shape, fail) };
}

const VALUES = {
  descr: /('[^'\\]*'|"[^"\\]*")/y,
  fortran_order: /(True|False)/y,
  // Python 2 wrote long integers with a trailing L.
  shape: /(\(\s*(?:\d+L?\s*,\s*)*(?:\d+L?\s*)?\))/y,
} as const;

function readShape(text: string, fail: Fail): number[] {
  if (/^\(\s*\d+L?\s*\)$/.test(text)) fail("the shape is a number in parentheses, not a tuple", 0);
  const shape = (text.match(/\d+/g) ?? []).map(Number);
  if (elementCount(shape) === undefined) fail(`the shape ${text.slice(0, 80)} overflows`, 0);
  return shape;
}

function readDescr(descr: string, fail: Fail): Pick<NpyHeader, "descr" | "dtype" | "bigEndian"> {
  const match = /^([<>|])([a-zA-Z])(\d*)(\[.*\])?$/.exec(descr);
  if (match === null) return fail(`the type '${descr.slice(0, 40)}' is not one that NumPy writes`, 0);
  const [, order, kind, size] = match;
  const dtype = DTYPES.get(kind + size);
  if (dtype !== undefined && order === "|" && Number(size) > 1)
    fail(`the type '${descr}' does not give its byte order`, 0);
  return { descr, dtype, bigEndian: order === ">" };
}

/** Why arrays of a type that is not decoded are not weights, or not readable. */
export function explainDescr(descr: string): string {
  const kind = descr[1];
  if (kind === "O") return "Python objects (pickled); they are never loaded";
  if (kind === "c") return "complex numbers";
  if (kind === "U" || kind === "S" || kind === "a") return "text";
  if (kind === "M" || kind === "m") return "dates or durations";
  if (kind === "V") return "raw bytes (NumPy writes bfloat16 and float8 like this, without saying which)";
  if (kind === "f") return "extended-precision numbers, whose layout depends on the machine";
  return "a type that this version does not know";
}
