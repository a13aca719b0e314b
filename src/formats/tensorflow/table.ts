import { crc32c } from "../../bytes/checksum.js";
import { FormatError } from "../../bytes/errors.js";
import { masked } from "../../bytes/masked-checksum.js";
import type { Pace } from "../../bytes/pace.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import type { OpenedFile } from "../reader.js";
import { PackedBytes, type Refuse } from "./packed-bytes.js";
import { snappyDecompress } from "./snappy.js";

/** The last bytes of a table: two handles, padded to 40 bytes, and the magic number 0xdb4775248b80fb57. */
const FOOTER_BYTES = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** After each block: its compression, and its checksum. */
const TRAILER_BYTES = 5;
/** TensorFlow ends a block at 256 KiB; one further entry may hold the slices of a large variable. */
const MAX_BLOCK_BYTES = 16 * 2 ** 20;
/** Paths of objects in objects; the deepest reach some hundred bytes. */
const MAX_KEY_BYTES = 4096;
/**
 * A few bytes may encode a whole key (the rest is shared with the one before). Half a million keys of 128 bytes fit.
 */
const MAX_KEYS_BYTES = 64 * 2 ** 20;

export interface TableEntry {
  /** An array of its own. */
  readonly key: Uint8Array;
  /** A view of its block. */
  readonly value: Uint8Array;
}

export interface TableContext {
  readonly file: OpenedFile;
  readonly where: ErrorLocation;
  readonly signal?: AbortSignal | undefined;
  readonly pace: Pace;
}

/** Steps to read an entry, and bytes of its key read in one step. */
const ENTRY_STEPS = 32;
const KEY_BYTES_PER_STEP = 16;

interface BlockHandle {
  readonly offset: number;
  readonly length: number;
}

/**
 * Visits the entries of an immutable sorted table as LevelDB writes it [LevelDB, table_format.md] in the order of their
 * keys: a bundle's `.index`. Each block's checksum is verified. Throws `FormatError` if blocks or keys do not ascend.
 */
export async function visitTable(context: TableContext, visit: (entry: TableEntry) => void): Promise<void> {
  const { file, where, signal, pace } = context;
  const footerAt = file.source.byteLength - FOOTER_BYTES;
  if (footerAt < 0)
    refusal(where, 0)(`a table has at least ${FOOTER_BYTES} bytes, but the file has ${file.source.byteLength}`);
  const refuse = refusal(where, footerAt);
  const footer = await readRange(file.source, { ...where, offset: footerAt, length: FOOTER_BYTES, signal });
  if (MAGIC.some((byte, k) => footer[FOOTER_BYTES - MAGIC.length + k] !== byte))
    refuse("the file does not have the footer of a table");
  const handles = new PackedBytes(footer, refuse);
  readHandle(handles);
  const indexAt = readHandle(handles);

  let keysBytes = 0;
  let end = 0;
  let before: Uint8Array | undefined;
  for (const { value } of await readBlock(context, indexAt)) {
    const block = readHandle(new PackedBytes(value, refuse));
    // Ascending blocks are each read once, so that the work is bounded by the file's size.
    if (!(block.offset >= end))
      refuse(`a block begins at ${block.offset}, before the end of the previous one at ${end}`);
    end = block.offset + block.length + TRAILER_BYTES;
    for (const entry of await readBlock(context, block)) {
      if (pace.spend(ENTRY_STEPS + Math.ceil(entry.key.length / KEY_BYTES_PER_STEP))) await pace.turn();
      pace.keep(entry.key.length);
      if (before !== undefined && compareBytes(before, entry.key) >= 0)
        refusal(where, block.offset)("its keys do not ascend");
      before = entry.key;
      keysBytes += before.length;
      if (keysBytes > MAX_KEYS_BYTES) refusal(where, block.offset)(`its keys have more than ${MAX_KEYS_BYTES} bytes`);
      visit(entry);
    }
  }
}

function refusal(where: ErrorLocation, offset: number): Refuse {
  return (reason) => {
    throw new FormatError(reason, {
      ...where,
      kind: "malformed",
      offset,
      remedy: "The index is truncated or damaged; get it again.",
    });
  };
}

function readHandle(packed: PackedBytes): BlockHandle {
  return { offset: packed.varint(), length: packed.varint() };
}

async function readBlock(
  { file, where, signal }: TableContext,
  { offset, length }: BlockHandle,
): Promise<Iterable<TableEntry>> {
  const refuse = refusal(where, offset);
  if (length > MAX_BLOCK_BYTES) refuse(`a block of ${length} bytes is more than ${MAX_BLOCK_BYTES}`);
  const stored = await readRange(file.source, { ...where, offset, length: length + TRAILER_BYTES, signal });
  const contents = stored.subarray(0, length);
  const compression = stored[length];
  const checksum = new PackedBytes(stored.subarray(length + 1), refuse).fixed32();
  if (masked(crc32c(stored.subarray(0, length + 1))) !== checksum)
    refuse("a block's checksum (masked CRC-32C) is wrong");
  if (compression === 0) return blockEntries(contents, refuse);
  if (compression !== 1) refuse(`a block has a compression type that tables do not define (${compression})`);
  try {
    return blockEntries(snappyDecompress(contents, MAX_BLOCK_BYTES), refuse);
  } catch (cause) {
    return refuse(`a block does not decompress: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * Each key gives the number of bytes that it shares with the one before it. After the entries come offsets for binary
 * searches, which are not used here.
 */
function* blockEntries(block: Uint8Array, refuse: Refuse): Generator<TableEntry> {
  if (block.length < 4) return refuse(`a block of ${block.length} bytes has no entries`);
  const restarts = new PackedBytes(block.subarray(block.length - 4), refuse).fixed32();
  const entriesEnd = block.length - 4 - 4 * restarts;
  if (entriesEnd < 0) return refuse(`a block of ${block.length} bytes declares ${restarts} restarts`);
  const packed = new PackedBytes(block.subarray(0, entriesEnd), refuse);
  let before: Uint8Array = new Uint8Array(0);
  while (packed.left > 0) {
    const [shared, own, valueBytes] = [packed.varint(), packed.varint(), packed.varint()];
    if (!(shared >= 0 && shared <= before.length && own >= 0 && valueBytes >= 0))
      return refuse("a key shares more bytes than the previous key has");
    if (shared + own > MAX_KEY_BYTES) return refuse(`a key of ${shared + own} bytes is too long`);
    const key = new Uint8Array(shared + own);
    key.set(before.subarray(0, shared));
    key.set(packed.take(own), shared);
    before = key;
    yield { key, value: packed.take(valueBytes) };
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let k = 0; k < shorter; k++) if (a[k] !== b[k]) return a[k] - b[k];
  return a.length - b.length;
}
