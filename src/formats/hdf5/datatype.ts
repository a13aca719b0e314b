import type { Fields } from "./fields.js";

/** The type of the elements of a dataset or an attribute. */
export interface Datatype {
  /** Bytes per element. */
  readonly size: number;
  /** Under safetensors' names; undefined for anything but a plain number. */
  readonly dtype: string | undefined;
  readonly bigEndian: boolean;
  readonly text?: "fixed" | "variable";
  /** In words, for messages and lists: "string", "compound", "ieee f4". */
  readonly word: string;
}

const CLASSES = [
  "integer",
  "float",
  "time",
  "string",
  "bitfield",
  "opaque",
  "compound",
  "reference",
  "enum",
  "variable-length",
  "array",
  "complex",
];
/** In weight files, enumerations are NumPy's booleans; their base type gives the storage. */
const ENUM = 8;

/**
 * Floats by size, then exponent location, exponent bits, fraction location, fraction bits and bias [IEEE 754;
 * bfloat16].
 */
const FLOATS: ReadonlyMap<string, string> = new Map([
  ["2:10,5,0,10,15", "F16"],
  ["2:7,8,0,7,127", "BF16"],
  ["4:23,8,0,23,127", "F32"],
  ["8:52,11,0,52,1023", "F64"],
]);

/** Reads a datatype message [HDF5 File Format Specification, IV.A.2.d]. Other kinds of types are named, not read. */
export function readDatatype(fields: Fields): Datatype {
  const head = fields.u8();
  const [kind, version] = [head & 0x0f, head >> 4];
  if (version < 1 || version > 5) fields.fail(`version ${version} of a datatype is unknown`);
  const [bits, upperBits] = [fields.u8(), fields.u16()];
  const size = fields.u32();
  const word = CLASSES[kind] ?? `class ${kind}`;
  const plain = { size, dtype: undefined, bigEndian: false, word };
  if (kind === 0) return { ...plain, ...integer(fields, bits, size) };
  if (kind === 1) return { ...plain, ...float(fields, { bits, size, sign: upperBits & 0xff }) };
  if (kind === 3) return { ...plain, text: "fixed" };
  if (kind === 9) return (bits & 0x0f) === 1 ? { ...plain, text: "variable", word: "string" } : plain;
  return kind === ENUM ? { ...plain, word: "enumeration" } : plain;
}

function integer(fields: Fields, bits: number, size: number) {
  const [offset, precision] = [fields.u16(), fields.u16()];
  const whole = offset === 0 && precision === size * 8 && [1, 2, 4, 8].includes(size);
  return {
    dtype: whole ? `${bits & 0x08 ? "I" : "U"}${precision}` : undefined,
    bigEndian: (bits & 1) === 1,
    word: `integer of ${precision} bits`,
  };
}

function float(fields: Fields, { bits, size, sign }: { bits: number; size: number; sign: number }) {
  const [offset, precision] = [fields.u16(), fields.u16()];
  const layout = [fields.u8(), fields.u8(), fields.u8(), fields.u8(), fields.u32()];
  // Bits 0 and 6 together give the byte order: 0 little, 1 big, and VAX's with both. Bits 4 and 5 give the implied
  // leading 1.
  const usual =
    offset === 0 && precision === size * 8 && sign === precision - 1 && (bits & 0x40) === 0 && (bits & 0x30) === 0x20;
  return {
    dtype: usual ? FLOATS.get(`${size}:${layout.join(",")}`) : undefined,
    bigEndian: (bits & 1) === 1,
    word: `float of ${precision} bits`,
  };
}
