import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";

/** End of central directory: 22 bytes and a comment of at most 65,535. */
const END_BYTES = 22;
const MAX_TAIL_BYTES = END_BYTES + 65_535;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
/** A model has hundreds of arrays; each costs two reads to check. */
const MAX_ENTRIES = 100_000;
/** Enough for that many entries with long names. */
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;

const END_SIGNATURE = 0x06054b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64_SIGNATURE = 0x06064b50;
const ENTRY_SIGNATURE = 0x02014b50;

/** One member as the central directory describes it [APPNOTE 4.3.12]. */
export interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly storedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Offset of the central directory: members end before it. */
  readonly offset: number;
}

/**
 * Reads a zip archive's central directory, zip64 included. Stricter than most: exactly one end record, the directory
 * fills the space before it, names are unique and plain. Throws `FormatError`.
 */
export async function readZipDirectory(
  source: ByteSource,
  where: ErrorLocation,
  signal?: AbortSignal,
): Promise<ZipDirectory> {
  const end = await readEnd(source, where, signal);
  if (end.count > MAX_ENTRIES) malformed(`${end.count} members are declared, more than ${MAX_ENTRIES}`, where);
  if (end.size > MAX_DIRECTORY_BYTES || end.count * ENTRY_BYTES > end.size) {
    malformed(`a directory of ${end.size} bytes for ${end.count} members is declared`, where);
  }
  if (end.offset + end.size !== end.position) refuseSeveral(where, end.offset);
  const bytes = await readRange(source, { ...where, offset: end.offset, length: end.size, signal });
  return { entries: readEntries(bytes, end, where), offset: end.offset };
}

interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Offset of the (zip64) end record. */
  readonly position: number;
}

async function readEnd(source: ByteSource, where: ErrorLocation, signal?: AbortSignal): Promise<End> {
  const tailStart = Math.max(0, source.byteLength - MAX_TAIL_BYTES);
  const tail = viewOf(
    await readRange(source, { ...where, offset: tailStart, length: source.byteLength - tailStart, signal }),
  );
  const found: number[] = [];
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (
      tail.getUint32(at, true) === END_SIGNATURE &&
      at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength
    )
      found.push(at);
  }
  if (found.length === 0) {
    throw new FormatError("the zip archive has no end record", {
      ...where,
      kind: "malformed",
      remedy: "The file is truncated (an unfinished download?); get it again.",
    });
  }
  if (found.length > 1)
    malformed("the zip archive has two end records, which readers may interpret differently", {
      ...where,
      offset: tailStart + found[0],
    });

  const at = found[0];
  const position = tailStart + at;
  const end = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
    position,
  };
  const disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  const locatorAt = position - LOCATOR_BYTES;
  const locator =
    locatorAt < 0
      ? undefined
      : viewOf(await readRange(source, { ...where, offset: locatorAt, length: LOCATOR_BYTES, signal }));
  if (locator === undefined || locator.getUint32(0, true) !== LOCATOR_SIGNATURE) {
    if (disks.some((disk) => disk !== 0)) malformed("the zip archive is split over several files", where);
    if (tail.getUint16(at + 8, true) !== end.count)
      malformed("the end record gives two different numbers of members", { ...where, offset: position });
    return end;
  }
  const position64 = whole(locator.getBigUint64(8, true), where);
  const end64 = await readEnd64(source, { ...where, position: position64, limit: locatorAt, signal });
  const agrees = (small: number, large: number, none: number): boolean => small === none || small === large;
  if (
    !agrees(end.count, end64.count, 0xffff) ||
    !agrees(end.size, end64.size, 0xffffffff) ||
    !agrees(end.offset, end64.offset, 0xffffffff)
  ) {
    malformed("the zip64 end record contradicts the plain one", { ...where, offset: position64 });
  }
  return end64;
}

async function readEnd64(
  source: ByteSource,
  {
    position,
    limit,
    signal,
    ...where
  }: ErrorLocation & { position: number; limit: number; signal?: AbortSignal | undefined },
): Promise<End> {
  if (position + END64_BYTES > limit)
    malformed("the zip64 end record is not before its locator", { ...where, offset: position });
  const view = viewOf(await readRange(source, { ...where, offset: position, length: END64_BYTES, signal }));
  if (view.getUint32(0, true) !== END64_SIGNATURE)
    malformed("the zip64 end record is not where its locator says", { ...where, offset: position });
  // The size of the record counts what follows its own field. Archives one after the other have their offsets from
  // their own beginnings: the last one's locator then leads to the record of the first.
  if (position + 12 + whole(view.getBigUint64(4, true), where) !== limit) refuseSeveral(where, position);
  const counts = [whole(view.getBigUint64(24, true), where), whole(view.getBigUint64(32, true), where)];
  if (counts[0] !== counts[1]) malformed("the zip archive is split over several files", where);
  return {
    count: counts[1],
    size: whole(view.getBigUint64(40, true), where),
    offset: whole(view.getBigUint64(48, true), where),
    position,
  };
}

function readEntries(bytes: Uint8Array, end: End, where: ErrorLocation): ZipEntry[] {
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let k = 0; k < end.count; k++) {
    const offset = end.offset + at;
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY_SIGNATURE)
      malformed(`member ${k} of the directory is missing`, { ...where, offset });
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
    if (next > bytes.length) malformed(`member ${k} exceeds the directory`, { ...where, offset });
    const flags = view.getUint16(at + 8, true);
    const name = memberName(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes), flags, {
      ...where,
      offset,
    });
    if (names.has(name)) malformed(`two members are called "${name}"`, { ...where, offset });
    names.add(name);
    const extra = viewOf(bytes.subarray(at + ENTRY_BYTES + nameBytes, at + ENTRY_BYTES + nameBytes + extraBytes));
    const [bytesCount, storedBytes, headerOffset] = wideFields(
      extra,
      [24, 20, 42].map((field) => view.getUint32(at + field, true)),
      where,
    );
    entries.push({
      name,
      flags,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      bytes: bytesCount,
      storedBytes,
      headerOffset,
    });
    at = next;
  }
  if (at !== bytes.length)
    malformed("extra bytes follow the last member of the directory", { ...where, offset: end.offset + at });
  return entries;
}

/**
 * Replaces 32-bit fields that refer to the zip64 extra field by its 64-bit ones, which are stored there in the same
 * order [APPNOTE 4.5.3].
 */
export function wideFields(extra: DataView, fields: readonly number[], where: ErrorLocation): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const size = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) !== 1) {
      at += 4 + size;
      continue;
    }
    let next = at + 4;
    const wide = fields.map((field) => {
      if (field !== 0xffffffff) return field;
      if (next + 8 > at + 4 + size || next + 8 > extra.byteLength)
        malformed("the zip64 extra field is too short", where);
      next += 8;
      return whole(extra.getBigUint64(next - 8, true), where);
    });
    return wide;
  }
  return malformed("a member's size is declared to be in a zip64 extra field, which is missing", where);
}

/**
 * A member's name: UTF-8 if its flag says so, else one character per byte (NumPy's names are ASCII). Names that could
 * lead out of a folder are refused.
 */
export function memberName(bytes: Uint8Array, flags: number, where: ErrorLocation & { offset?: number }): string {
  let name: string;
  try {
    name = new TextDecoder((flags & 0x800) === 0 ? "latin1" : "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return malformed("a member's name is not valid UTF-8", where);
  }
  if (name === "" || /[\\\0]/.test(name) || name.startsWith("/") || name.split("/").includes(".."))
    malformed(`a member is called "${name}"`, where);
  return name;
}

/** Offsets of the directory do not fit its place in the file. */
function refuseSeveral(where: ErrorLocation, offset: number): never {
  throw new FormatError(
    "the zip archive's own offsets do not fit the file: bytes precede it, or several archives follow each other",
    {
      ...where,
      offset,
      kind: "malformed",
      remedy:
        "A file of several archives is read with the plan that lists them (torch.distributed.checkpoint: " +
        "name its folder); any other is damaged.",
    },
  );
}

function whole(value: bigint, where: ErrorLocation): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    malformed(`the zip archive declares the number ${value}, larger than any file`, where);
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(reason: string, where: ErrorLocation & { offset?: number }): never {
  throw new FormatError(reason, { ...where, kind: "malformed" });
}
