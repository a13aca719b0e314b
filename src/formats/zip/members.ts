import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { readAhead } from "../../bytes/read-ahead.js";
import { type ErrorLocation, readRange, type StoredBytes } from "../../bytes/stored-bytes.js";
import { memberName, readZipDirectory, wideFields, type ZipEntry } from "./directory.js";
import { inflatedMember } from "./inflated-member.js";
import { storedMember } from "./stored-member.js";
import { viewOf } from "./zip-bytes.js";

const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/**
 * No DEFLATE stream expands further: a length-258 match costs at least 2 bits. A member that declares more has a false
 * size.
 */
const MAX_RATIO = 1032;
const ENCRYPTED = 0x0001;
const HAS_DESCRIPTOR = 0x0008;

/**
 * Members that are smaller than this on average are read by the page: 70,000 arrays of a few numbers cost a few hundred
 * reads, not four each.
 */
const MAX_DENSE_BYTES = 4096;

export interface ZipMember {
  readonly name: string;
  readonly contents: StoredBytes;
  /** The same, for reading a header when the archive is opened: served from pages if members are small. */
  readonly head: StoredBytes;
  /** True if the contents can only be read forwards. */
  readonly compressed: boolean;
  /** Its size in the archive, in bytes. */
  readonly storedBytes: number;
}

/**
 * The members of a zip archive, ready to be read. Checked against the tricks of zip bombs and scanner evasion: local
 * headers that differ from the directory, members that overlap, sizes that no compressor reaches, encryption and
 * unknown methods. Reads headers only. Throws `FormatError`.
 */
export async function readZipMembers(
  source: ByteSource,
  where: ErrorLocation,
  signal?: AbortSignal,
): Promise<ZipMember[]> {
  const { entries, offset: directoryOffset } = await readZipDirectory(source, where, signal);
  const ahead = directoryOffset <= MAX_DENSE_BYTES * entries.length ? readAhead(source) : source;
  for (const entry of entries) assertReadable(entry, where);
  const starts = await mapInParallel(entries, PARALLEL_OPENS, (entry) => dataStart(ahead, entry, { ...where, signal }));
  assertDisjoint(entries, starts, { where, directoryOffset });
  return entries.map((entry, k) => {
    const location = { source, where: { ...where, tensor: entry.name }, offset: starts[k], crc: entry.crc };
    const contents =
      entry.method === STORED
        ? storedMember(location, entry.bytes)
        : inflatedMember({ ...location, storedBytes: entry.storedBytes }, entry.bytes);
    const head = entry.method === STORED ? storedMember({ ...location, source: ahead }, entry.bytes) : contents;
    return { name: entry.name, contents, head, compressed: entry.method !== STORED, storedBytes: entry.storedBytes };
  });
}

function assertReadable(
  { name, flags, method, bytes, storedBytes, headerOffset }: ZipEntry,
  where: ErrorLocation,
): void {
  const details = { ...where, tensor: name, offset: headerOffset };
  if ((flags & ENCRYPTED) !== 0)
    throw new FormatError("this member is encrypted", {
      ...details,
      kind: "unsupported",
      remedy: "Decrypt the archive first.",
    });
  if (method !== STORED && method !== DEFLATED) {
    throw new FormatError(
      `this member is compressed by method ${method}; only stored (0) and DEFLATE (8) are supported`,
      {
        ...details,
        kind: "unsupported",
      },
    );
  }
  if (method === STORED && bytes !== storedBytes) {
    throw new FormatError(`this member declares ${bytes} bytes, but ${storedBytes} are stored`, {
      ...details,
      kind: "malformed",
    });
  }
  if (bytes > storedBytes * MAX_RATIO) {
    throw new FormatError(
      `this member declares ${bytes} bytes from ${storedBytes} compressed ones, more than DEFLATE can give: a zip bomb`,
      {
        ...details,
        kind: "malformed",
        remedy: "Do not trust this file.",
      },
    );
  }
}

/** Offset of a member's data, after its local header, which must agree with the directory. */
async function dataStart(
  source: ByteSource,
  entry: ZipEntry,
  { signal, ...file }: ErrorLocation & { signal?: AbortSignal | undefined },
): Promise<number> {
  const where = { ...file, tensor: entry.name, offset: entry.headerOffset };
  const fixed = viewOf(await readRange(source, { ...where, length: LOCAL_BYTES, signal }));
  if (fixed.getUint32(0, true) !== LOCAL_SIGNATURE) disagree("has no local header where the directory says", where);
  const [nameBytes, extraBytes] = [fixed.getUint16(26, true), fixed.getUint16(28, true)];
  const variable = await readRange(source, {
    ...where,
    offset: entry.headerOffset + LOCAL_BYTES,
    length: nameBytes + extraBytes,
    signal,
  });

  const flags = fixed.getUint16(6, true);
  if (memberName(variable.subarray(0, nameBytes), flags, where) !== entry.name)
    disagree("has another name in its local header than in the directory", where);
  if (fixed.getUint16(8, true) !== entry.method || (flags & ENCRYPTED) !== (entry.flags & ENCRYPTED))
    disagree("has another compression method in its local header than in the directory", where);
  // With a data descriptor the sizes follow the data and may be 0 here.
  const described = (flags & HAS_DESCRIPTOR) !== 0;
  const [bytes, storedBytes] = wideFields(
    viewOf(variable.subarray(nameBytes)),
    [fixed.getUint32(22, true), fixed.getUint32(18, true)],
    where,
  );
  const agrees = (local: number, central: number): boolean => local === central || (described && local === 0);
  if (!agrees(bytes, entry.bytes) || !agrees(storedBytes, entry.storedBytes))
    disagree("has another size in its local header than in the directory", where);
  if (!agrees(fixed.getUint32(14, true), entry.crc))
    disagree("has another checksum in its local header than in the directory", where);
  return entry.headerOffset + LOCAL_BYTES + nameBytes + extraBytes;
}

function disagree(how: string, where: ErrorLocation & { offset: number }): never {
  throw new FormatError(`this member ${how}`, {
    ...where,
    kind: "malformed",
    remedy: "The archive is damaged or malicious; get it again.",
  });
}

/**
 * Members must follow each other, before the directory: overlapping members let a small archive unpack to a huge one.
 */
function assertDisjoint(
  entries: readonly ZipEntry[],
  starts: readonly number[],
  { where, directoryOffset }: { where: ErrorLocation; directoryOffset: number },
): void {
  const order = entries.map((_, k) => k).sort((a, b) => entries[a].headerOffset - entries[b].headerOffset);
  if (order.length > 0 && entries[order[0]].headerOffset !== 0) {
    throw new FormatError("bytes precede the first member of the zip archive", {
      ...where,
      offset: 0,
      kind: "malformed",
      remedy: "Do not trust this file: readers that begin at the front see different contents.",
    });
  }
  order.forEach((k, position) => {
    const end = starts[k] + entries[k].storedBytes;
    const next = position + 1 < order.length ? entries[order[position + 1]].headerOffset : directoryOffset;
    if (end > next) {
      throw new FormatError("this member overlaps the next one or the directory", {
        ...where,
        tensor: entries[k].name,
        offset: entries[k].headerOffset,
        kind: "malformed",
      });
    }
  });
}
