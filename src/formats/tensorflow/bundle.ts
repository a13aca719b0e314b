import { FormatError } from "../../bytes/errors.js";
import { MAX_SHARDS } from "../../bytes/parallel.js";
import { elementCount, MAX_AXES } from "../shape.js";
import { bytesIn, type MessageField, messageFields, numberIn, textOf } from "./message.js";
import type { Refuse } from "./packed-bytes.js";
import { type TableContext, type TableEntry, visitTable } from "./table.js";

/** The largest models have about 150,000, and reading one needs more memory than its entry has bytes. */
const MAX_ENTRIES = 200_000;
/** The bundle's own version; readers refuse files that need a higher one. */
const VERSION = 1;

const HEADER = { shards: 1, endianness: 2, version: 3 } as const;
const MIN_CONSUMER = 2;
const ENTRY = { dtype: 1, shape: 2, shard: 3, offset: 4, size: 5, crc32c: 6, slices: 7 } as const;
const SHAPE = { dim: 2, unknownRank: 3 } as const;
const DIM_SIZE = 1;

/** An index entry of one tensor [tensorflow/core/protobuf/tensor_bundle.proto, BundleEntryProto]. */
export interface BundleEntry {
  readonly key: string;
  /** A key of `DATA_TYPES`. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly count: number;
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of the stored bytes. */
  readonly checksum: number | undefined;
  /** The number of pieces in which it is stored under other keys; 0 if it is whole. */
  readonly slices: number;
}

/** The directory of a tensor bundle, in which checkpoints and SavedModels store their variables. */
export interface Bundle {
  readonly shards: number;
  readonly bigEndian: boolean;
  /** In the order of their keys. */
  readonly entries: readonly BundleEntry[];
}

/** Reads a bundle's index. Throws `FormatError` if it violates its format, or needs a newer reader. */
export async function readBundle(context: TableContext): Promise<Bundle> {
  let header: Omit<Bundle, "entries"> | undefined;
  const entries: BundleEntry[] = [];
  await visitTable(context, (entry) => {
    if (header === undefined) header = readHeader(entry, context);
    // Keys that begin with a zero byte are the pieces of partitioned variables; those are listed under their own names.
    else if (entry.key[0] !== 0) entries.push(readEntry(entry, header, context));
    if (entries.length > MAX_ENTRIES) malformed(context)(`more than ${MAX_ENTRIES} tensors`);
  });
  if (header === undefined) return malformed(context)("the index has no header");
  return { ...header, entries };
}

function malformed({ where }: TableContext, tensor?: string): Refuse {
  return (reason) => {
    throw new FormatError(reason, { ...where, tensor, kind: "malformed" });
  };
}

function readHeader({ key, value }: TableEntry, context: TableContext): Omit<Bundle, "entries"> {
  const refuse = malformed(context);
  if (key.length > 0) refuse("its first entry is not a header");
  let shards = 0;
  let endianness = 0;
  let wanted = 0;
  for (const field of messageFields(value, refuse)) {
    if (field.number === HEADER.shards) shards = numberIn(field, "num_shards", refuse);
    if (field.number === HEADER.endianness) endianness = numberIn(field, "endianness", refuse);
    if (field.number !== HEADER.version) continue;
    for (const part of messageFields(bytesIn(field, "version", refuse), refuse)) {
      if (part.number === MIN_CONSUMER) wanted = numberIn(part, "min_consumer", refuse);
    }
  }
  if (shards < 1 || shards > MAX_SHARDS) refuse(`declares ${shards} data shards, expected 1 to ${MAX_SHARDS}`);
  if (endianness !== 0 && endianness !== 1) refuse(`its byte order ${endianness} is unknown`);
  if (wanted > VERSION) {
    throw new FormatError(`needs a reader of bundle version ${wanted}, but this one supports ${VERSION}`, {
      ...context.where,
      kind: "unsupported",
    });
  }
  return { shards, bigEndian: endianness === 1 };
}

function readEntry(
  { key, value }: TableEntry,
  { shards }: Omit<Bundle, "entries">,
  context: TableContext,
): BundleEntry {
  const name = textOf(key, "a tensor's name", malformed(context));
  const refuse = malformed(context, name);
  const entry = { type: 0, shard: 0, offset: 0, size: 0 };
  let shape: readonly number[] = [];
  let checksum: number | undefined;
  let slices = 0;
  for (const field of messageFields(value, refuse)) {
    if (field.number === ENTRY.dtype) entry.type = numberIn(field, "dtype", refuse);
    if (field.number === ENTRY.shape) shape = readShape(field, refuse);
    if (field.number === ENTRY.shard) entry.shard = numberIn(field, "shard_id", refuse);
    if (field.number === ENTRY.offset) entry.offset = numberIn(field, "offset", refuse);
    if (field.number === ENTRY.size) entry.size = numberIn(field, "size", refuse);
    if (field.number === ENTRY.crc32c) checksum = numberIn(field, "crc32c", refuse);
    if (field.number === ENTRY.slices) slices++;
  }
  if (entry.shard < 0 || entry.shard >= shards)
    refuse(`its data shard is number ${entry.shard}, but there are ${shards}`);
  if (!isLength(entry.offset) || !isLength(entry.size)) refuse(`declares ${entry.size} bytes at ${entry.offset}`);
  const count = elementCount(shape);
  if (count === undefined) return refuse(`its shape [${shape.join(", ")}] is not possible`);
  return { key: name, ...entry, shape, count, checksum, slices };
}

function readShape(shape: MessageField, refuse: Refuse): number[] {
  const sides: number[] = [];
  for (const field of messageFields(bytesIn(shape, "shape", refuse), refuse)) {
    if (field.number === SHAPE.unknownRank && field.value !== 0) refuse("its number of axes is not known");
    if (field.number !== SHAPE.dim) continue;
    let size = 0;
    for (const part of messageFields(bytesIn(field, "an axis", refuse), refuse)) {
      if (part.number === DIM_SIZE) size = numberIn(part, "an axis' size", refuse);
    }
    if (sides.push(size) > MAX_AXES) refuse(`has more than ${MAX_AXES} axes`);
  }
  return sides;
}

function isLength(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
