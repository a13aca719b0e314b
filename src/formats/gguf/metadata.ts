import type { Pace } from "../../bytes/pace.js";
import type { Declared, HeaderBytes } from "./header-bytes.js";

/** Files in use have fewer than a hundred keys. */
export const MAX_KEYS = 65_536;
/** The format's own limit on a key. */
const MAX_KEY_BYTES = 65_535;
/** Longer texts (chat templates, licences) are skipped. */
const MAX_KEPT_TEXT_BYTES = 4096;
/**
 * Arrays of arrays are in the specification, but no known file has them; a shape in a list in a list is the deepest
 * that could be needed.
 */
export const MAX_ARRAY_DEPTH = 4;
/** A key's length, a key of at least one byte, a value's type and a value of one byte. */
const MIN_PAIR_BYTES = 8 + 1 + 4 + 1;

/** Steps to read a key and its value, without an array of the vocabulary. */
const PAIR_STEPS = 64;

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value types by their numbers in the file [GGUF, gguf_metadata_value_type]. */
export const VALUE_TYPES = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

type ScalarReader = readonly [bytes: number, read: (view: DataView) => number | bigint | boolean];

const SCALARS: ReadonlyMap<number, ScalarReader> = new Map<number, ScalarReader>([
  [VALUE_TYPES.uint8, [1, (view) => view.getUint8(0)]],
  [VALUE_TYPES.int8, [1, (view) => view.getInt8(0)]],
  [VALUE_TYPES.uint16, [2, (view) => view.getUint16(0, true)]],
  [VALUE_TYPES.int16, [2, (view) => view.getInt16(0, true)]],
  [VALUE_TYPES.uint32, [4, (view) => view.getUint32(0, true)]],
  [VALUE_TYPES.int32, [4, (view) => view.getInt32(0, true)]],
  [VALUE_TYPES.float32, [4, (view) => view.getFloat32(0, true)]],
  [VALUE_TYPES.bool, [1, (view) => view.getUint8(0) !== 0]],
  [VALUE_TYPES.uint64, [8, (view) => view.getBigUint64(0, true)]],
  [VALUE_TYPES.int64, [8, (view) => view.getBigInt64(0, true)]],
  [VALUE_TYPES.float64, [8, (view) => view.getFloat64(0, true)]],
]);

/** A scalar of the metadata, or a short list of numbers, with the type that it was written in. */
export interface MetadataValue {
  readonly type: number;
  readonly value: number | bigint | boolean | string | readonly number[];
}

/** ComfyUI's converters flatten tensors of more than two axes, and write their true sides under this prefix. */
export const TRUE_SHAPE = "comfy.gguf.orig_shape.";
/** Kernels have up to five axes. */
const MAX_TRUE_AXES = 8;

/**
 * Reads `count` keys with their values: scalars, short texts and true shapes are kept, other arrays (the vocabulary)
 * skipped. Throws `FormatError`.
 */
export async function readMetadata(
  bytes: HeaderBytes,
  count: Declared,
  pace: Pace,
): Promise<ReadonlyMap<string, MetadataValue>> {
  if (count > MAX_KEYS) bytes.fail(`${count} metadata keys are declared, more than ${MAX_KEYS}`, { at: 16 });
  if (Number(count) * MIN_PAIR_BYTES > bytes.left) {
    bytes.fail(`${count} metadata keys are declared, but only ${bytes.left} bytes follow`, { at: 16 });
  }
  const seen = new Set<string>();
  const kept = new Map<string, MetadataValue>();
  for (let k = 0; k < Number(count); k++) {
    if (pace.spend(PAIR_STEPS)) await pace.turn();
    const start = bytes.at;
    const key = await readText(bytes, MAX_KEY_BYTES, "a metadata key");
    if (seen.has(key)) bytes.fail(`the metadata key "${key}" occurs twice`, { at: start });
    seen.add(key);
    const value = await readValue(bytes, key);
    if (value !== undefined) kept.set(key, value);
  }
  return kept;
}

/** A text of at most `limit` bytes: its length in 64 bits, then UTF-8. */
export async function readText(bytes: HeaderBytes, limit: number, what: string): Promise<string> {
  await bytes.fill(8, what);
  const start = bytes.at;
  const length = bytes.u64();
  if (length > limit) bytes.fail(`${what} of ${length} bytes is longer than ${limit}`, { at: start });
  await bytes.fill(Number(length), what);
  try {
    return STRICT_UTF8.decode(bytes.view(Number(length)));
  } catch {
    return bytes.fail(`${what} is not valid UTF-8`, { at: start });
  }
}

async function readValue(bytes: HeaderBytes, key: string): Promise<MetadataValue | undefined> {
  await bytes.fill(4, `the type of "${key}"`);
  const start = bytes.at;
  const type = bytes.u32();
  const scalar = SCALARS.get(type);
  if (scalar !== undefined) {
    await bytes.fill(scalar[0], `the value of "${key}"`);
    return { type, value: scalar[1](bytes.view(scalar[0])) };
  }
  if (type === VALUE_TYPES.string) {
    const value = await keptText(bytes, key);
    return value === undefined ? undefined : { type, value };
  }
  if (type !== VALUE_TYPES.array)
    bytes.fail(`the value of "${key}" is of type ${type}, which the format does not define`, { at: start });
  const kept = key.startsWith(TRUE_SHAPE) ? await shortList(bytes, key) : undefined;
  if (kept === undefined) await skipArray(bytes, key, 1);
  return kept === undefined ? undefined : { type, value: kept };
}

/** A list of a few 32-bit integers; undefined, with nothing read, for any other. */
async function shortList(bytes: HeaderBytes, key: string): Promise<readonly number[] | undefined> {
  await bytes.fill(12, `the array "${key}"`);
  const head = bytes.peek(12);
  const [type, count] = [head.getUint32(0, true), head.getBigUint64(4, true)];
  if ((type !== VALUE_TYPES.int32 && type !== VALUE_TYPES.uint32) || count > MAX_TRUE_AXES) return undefined;
  const length = 12 + 4 * Number(count);
  await bytes.fill(length, `the array "${key}" of ${count} elements`);
  const view = bytes.view(length);
  return Array.from({ length: Number(count) }, (_, k) => view.getUint32(12 + 4 * k, true));
}

async function keptText(bytes: HeaderBytes, key: string): Promise<string | undefined> {
  await bytes.fill(8, `the value of "${key}"`);
  const length = bytes.u64();
  if (length > MAX_KEPT_TEXT_BYTES) {
    bytes.skip(length, `the text of "${key}"`);
    return undefined;
  }
  await bytes.fill(Number(length), `the text of "${key}"`);
  // A text that is only displayed may be ill-formed: tokens of a vocabulary often are.
  return new TextDecoder().decode(bytes.view(Number(length)));
}

async function skipArray(bytes: HeaderBytes, key: string, depth: number): Promise<void> {
  if (depth > MAX_ARRAY_DEPTH) bytes.fail(`the value of "${key}" nests arrays deeper than ${MAX_ARRAY_DEPTH}`);
  await bytes.fill(12, `the array "${key}"`);
  const start = bytes.at;
  const type = bytes.u32();
  const count = bytes.u64();
  const scalar = SCALARS.get(type);
  if (scalar !== undefined)
    return bytes.skip(BigInt(count) * BigInt(scalar[0]), `the array "${key}" of ${count} elements`);
  if (type !== VALUE_TYPES.string && type !== VALUE_TYPES.array) {
    bytes.fail(`the array "${key}" has elements of type ${type}, which the format does not define`, { at: start });
  }
  const smallest = type === VALUE_TYPES.string ? 8 : 12;
  if (BigInt(count) * BigInt(smallest) > BigInt(bytes.left)) {
    bytes.fail(`the array "${key}" declares ${count} elements, but only ${bytes.left} bytes follow`, { at: start });
  }
  for (let k = 0; k < Number(count); k++) {
    if (type === VALUE_TYPES.array) await skipArray(bytes, key, depth + 1);
    else {
      // A vocabulary has hundreds of thousands of elements: await only if a read is needed.
      if (bytes.filled < 8) await bytes.fill(8, `an element of "${key}"`);
      bytes.skip(bytes.u64(), `an element of "${key}"`);
    }
  }
}
