import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { JsonNumber, type JsonValue } from "../../bytes/json-value.js";
import { type Pace, unpaced } from "../../bytes/pace.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { forEachJsonEntryInSteps } from "../../bytes/strict-json.js";
import { elementCount, MAX_AXES } from "../shape.js";
import { STORED_BITS } from "./element-table.js";

export const FORMAT = "safetensors";

/** The reference implementation's own limit. */
export const MAX_HEADER_BYTES = 100_000_000;
/**
 * The largest models have about 150,000 in all their shards; reading a file with more would need more memory than any
 * real model.
 */
const MAX_TENSORS = 200_000;
/** The reference accepts any length; the longest names of frameworks have a few hundred characters. */
const MAX_NAME_LENGTH = 4096;
/**
 * Keys that reach an object's prototype in careless readers. They are harmless here, but a file that has them is
 * malicious.
 */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/**
 * An entry is an object that holds arrays of numbers: three levels. Deeper metadata is parsed so that its error message
 * is specific.
 */
const MAX_DEPTH = 8;

/** One tensor as described by the header; `begin` and `end` count from the start of the file. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their data: the format's own order. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

interface Paced {
  readonly signal?: AbortSignal | undefined;
  readonly pace?: Pace | undefined;
}

/** Memory of an entry, without its name. */
const ENTRY_BYTES = 400;

/**
 * Reads and validates a header as strictly as the reference does: data regions must tile the rest of the file without
 * gap, overlap or remainder, every region has exactly the bytes of its shape, keys do not repeat, and numbers are
 * integers. Reads the header's bytes only. Throws `FormatError`.
 */
export async function readHeader(
  source: ByteSource,
  file: string,
  { signal, pace = unpaced() }: Paced = {},
): Promise<Header> {
  const where: ErrorLocation = { format: FORMAT, file };
  const headerBytes = await headerLength(source, where, signal);
  const text = await readRange(source, { ...where, offset: 8, length: headerBytes, signal });
  if (text[0] !== 0x7b) malformed('the header does not begin with "{"', { ...where, offset: 8 });

  const dataStart = 8 + headerBytes;
  const entries = new Map<string, HeaderEntry>();
  let metadata: ReadonlyMap<string, string> | undefined;
  const visit = (name: string, value: JsonValue): void => {
    if (name === "__metadata__") {
      if (metadata !== undefined) malformed('the key "__metadata__" occurs twice in the header', where);
      metadata = readMetadata(value, where);
      return;
    }
    if (entries.has(name)) malformed("the name occurs twice in the header", { ...where, tensor: name });
    if (entries.size >= MAX_TENSORS) malformed(`more than ${MAX_TENSORS} tensors`, where);
    pace.keep(ENTRY_BYTES + name.length);
    entries.set(name, readEntry(name, value, { where, dataStart, fileEnd: source.byteLength }));
  };
  await pace.run(forEachJsonEntryInSteps(text, { ...where, maxDepth: MAX_DEPTH, offset: 8 }, { visit, pace }));
  const ordered = [...entries.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
  assertTiled(ordered, { where, dataStart, fileEnd: source.byteLength });
  return { entries: ordered, metadata: metadata ?? new Map() };
}

async function headerLength(source: ByteSource, where: ErrorLocation, signal?: AbortSignal): Promise<number> {
  if (source.byteLength < 8)
    malformed(`the file has ${source.byteLength} bytes, fewer than the 8 of the header's length`, where);
  const prefix = await readRange(source, { ...where, offset: 0, length: 8, signal });
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    malformed(`a header of ${declared} bytes is declared, more than the format's limit of ${MAX_HEADER_BYTES}`, {
      ...where,
      offset: 0,
    });
  }
  const length = Number(declared);
  if (length < 2)
    malformed(`a header of ${length} bytes is declared, too short for a JSON object`, { ...where, offset: 0 });
  if (8 + length > source.byteLength)
    truncated(`a header of ${length} bytes is declared, but the file has only ${source.byteLength} in all`, where);
  return length;
}

interface Extent {
  readonly where: ErrorLocation;
  readonly dataStart: number;
  readonly fileEnd: number;
}

function readEntry(name: string, value: JsonValue, { where: file, dataStart, fileEnd }: Extent): HeaderEntry {
  const where = { ...file, tensor: name };
  if (RESERVED_NAMES.has(name))
    malformed("no framework writes this name: it is an attack on JavaScript readers", where);
  if (name.length > MAX_NAME_LENGTH)
    malformed(`a tensor's name has ${name.length} characters, more than ${MAX_NAME_LENGTH}`, where);
  if (!(value instanceof Map)) malformed("its entry in the header is not an object", where);
  const extra = [...value.keys()].find((key) => key !== "dtype" && key !== "shape" && key !== "data_offsets");
  if (extra !== undefined) malformed(`its entry has the unknown key "${extra}"`, where);

  const dtype = value.get("dtype");
  const bits = typeof dtype === "string" ? STORED_BITS.get(dtype) : undefined;
  if (typeof dtype !== "string" || bits === undefined)
    malformed(`its dtype ${say(dtype)} is not defined by the format`, where);
  const shape = wholeNumbers(value.get("shape"), "shape", where);
  const offsets = wholeNumbers(value.get("data_offsets"), "data_offsets", where);
  if (offsets.length !== 2) malformed(`data_offsets has ${offsets.length} numbers, expected 2`, where);
  const [begin, end] = offsets;

  if (shape.length > MAX_AXES) malformed(`its shape has ${shape.length} axes, more than ${MAX_AXES}`, where);
  const count = elementCount(shape);
  if (count === undefined || count * bits > Number.MAX_SAFE_INTEGER)
    malformed(`its shape [${shape.join(", ")}] overflows`, where);
  if ((count * bits) % 8 !== 0) malformed(`${count} elements of ${bits} bits do not fill whole bytes`, where);
  if (end < begin) malformed(`its data ends at ${end}, before it begins at ${begin}`, where);
  if ((count * bits) / 8 !== end - begin) {
    malformed(
      `shape [${shape.join(", ")}] of ${dtype} needs ${(count * bits) / 8} bytes, but its data_offsets span ` +
        `${end - begin}`,
      where,
    );
  }
  if (dataStart + end > fileEnd)
    truncated(`its data ends at ${dataStart + end}, but the file ends at ${fileEnd}`, where);
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function wholeNumbers(value: JsonValue | undefined, what: string, where: ErrorLocation): number[] {
  if (!Array.isArray(value)) malformed(`${what} is ${say(value)}, expected an array`, where);
  return value.map((item: JsonValue) => {
    const whole = item instanceof JsonNumber ? item.whole : undefined;
    if (whole === undefined) malformed(`${what} holds ${say(item)}, expected whole numbers from 0`, where);
    return whole;
  });
}

/** In ascending order, the regions must follow each other from the first data byte to the end of the file. */
function assertTiled(ordered: readonly HeaderEntry[], { where, dataStart, fileEnd }: Extent): void {
  let at = dataStart;
  for (const { name, begin, end } of ordered) {
    if (begin < at) malformed("its data overlaps that of another tensor", { ...where, tensor: name, offset: begin });
    if (begin > at)
      malformed(`${begin - at} bytes before its data belong to no tensor`, { ...where, tensor: name, offset: at });
    at = end;
  }
  if (at !== fileEnd) malformed(`${fileEnd - at} bytes follow the last tensor`, { ...where, offset: at });
}

function readMetadata(value: JsonValue, where: ErrorLocation): Map<string, string> {
  if (!(value instanceof Map)) malformed('"__metadata__" is not an object', where);
  for (const [key, text] of value) {
    if (typeof text !== "string")
      malformed(`"__metadata__" holds ${say(text)} under "${key}", only strings are allowed`, where);
  }
  return value as Map<string, string>;
}

/** A JSON value for a message, always short. */
function say(value: JsonValue | undefined): string {
  if (value === undefined) return "missing";
  if (value instanceof JsonNumber) return value.literal.slice(0, 40);
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "an array";
  return JSON.stringify(typeof value === "string" ? value.slice(0, 40) : value);
}

function malformed(reason: string, where: ErrorLocation & { offset?: number }): never {
  throw new FormatError(reason, { ...where, kind: "malformed" });
}

function truncated(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, {
    ...where,
    kind: "malformed",
    remedy: "The file is truncated (an unfinished download?); get it again.",
  });
}
