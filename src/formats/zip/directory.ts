import type { ByteSource } from "../../bytes/byte-source.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { type End, readEnd, refuseSeveral, whole } from "./directory-end.js";
import { malformed, viewOf } from "./zip-bytes.js";

const ENTRY_BYTES = 46;
/** A model has hundreds of arrays; each costs two reads to check. */
const MAX_ENTRIES = 100_000;
/** Enough for that many entries with long names. */
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;

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
