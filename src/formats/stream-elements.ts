import type { Room } from "../bytes/byte-source.js";
import { FormatError } from "../bytes/errors.js";
import { giveBack, takeBuffer } from "../bytes/recycled-buffers.js";
import type { Cursor, ErrorLocation, StoredBytes } from "../bytes/stored-bytes.js";
import type { ValueRange, Values } from "./tensor.js";

/**
 * One read and one decoded chunk hold about this many stored bytes: large enough for fast disk and network reads, small
 * compared with a matrix.
 */
const CHUNK_BYTES = 4 * 2 ** 20;

/** A tensor's consecutive elements in C order, and how they are decoded. */
export interface ElementRun {
  readonly stored: StoredBytes;
  /** Offset of the first element in `stored`. */
  readonly offset: number;
  readonly count: number;
  readonly bytesPerElement: number;
  readonly decode: Decode;
}

/**
 * Stored bytes as values of their own. If the bytes are `owned`, they are a whole buffer that nobody else uses, and the
 * values may take its place; else they are not modified.
 */
export type Decode = (bytes: Uint8Array, owned?: boolean) => Values;

/** Reads, decodes and yields a range of elements in consecutive chunks, each owned by the consumer. */
export async function* streamElements(run: ElementRun, range: ValueRange = {}): AsyncGenerator<Values> {
  const { from, to, chunk } = resolveRange(range, run.count, run.bytesPerElement);
  if (from === to) return;
  const cursor = run.stored.openCursor();
  try {
    for (let at = from; at < to; at += chunk) {
      const length = Math.min(chunk, to - at) * run.bytesPerElement;
      const where = { offset: run.offset + at * run.bytesPerElement, length, signal: range.signal };
      yield await readValues(cursor, where, run.decode);
    }
  } finally {
    await cursor.close();
  }
}

/** Reads and decodes bytes, if the source allows it into memory that was used before. */
export async function readValues(
  cursor: Cursor,
  { offset, length, signal }: { offset: number; length: number; signal: AbortSignal | undefined },
  decode: Decode,
): Promise<Values> {
  let room: ArrayBuffer | undefined;
  const into: Room = (wanted) => {
    room = takeBuffer(wanted);
    return new Uint8Array(room);
  };
  const bytes = await cursor.read(offset, length, signal, into);
  const owned = bytes.buffer === room && bytes.length === room.byteLength;
  const values = decode(bytes, owned);
  if (owned && values.buffer !== room) giveBack(bytes);
  return values;
}

/** Fills in a range's defaults. Throws `RangeError` if it leaves `[0, count]`. */
export function resolveRange({ from = 0, to, chunk }: ValueRange, count: number, bytesPerElement: number) {
  const end = to ?? count;
  const size = chunk ?? Math.max(1, Math.floor(CHUNK_BYTES / bytesPerElement));
  if (!Number.isInteger(from) || !Number.isInteger(end) || from < 0 || end < from || end > count) {
    throw new RangeError(`values: found the range [${from}, ${end}), expected one inside [0, ${count})`);
  }
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`values: found a chunk of ${size} elements, expected at least 1`);
  return { from, to: end, chunk: size };
}

/** The `values` of a tensor whose elements cannot be decoded: rejects with the reason on first use. */
export function refuseValues(reason: string, where: ErrorLocation): AsyncIterable<Values> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new FormatError(reason, { ...where, kind: "unsupported" })),
    }),
  };
}
