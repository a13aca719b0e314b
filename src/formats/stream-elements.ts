import type { Room } from "../bytes/byte-source.js";
import { FormatError } from "../bytes/errors.js";
import { freeBuffer } from "../bytes/free-buffer.js";
import type { ErrorLocation, StoredBytes } from "../bytes/stored-bytes.js";
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
  /** Values of their own: the bytes are overwritten afterwards. */
  decode(bytes: Uint8Array): Values;
}

/** Reads, decodes and yields a range of elements in consecutive chunks, each owned by the consumer. */
export async function* streamElements(run: ElementRun, range: ValueRange = {}): AsyncGenerator<Values> {
  const { from, to, chunk } = resolveRange(range, run.count, run.bytesPerElement);
  if (from === to) return;
  const cursor = run.stored.openCursor();
  let room: Uint8Array | undefined;
  const into: Room = (length) => {
    if (room === undefined || room.length < length) room = new Uint8Array(length);
    return room.subarray(0, length);
  };
  try {
    for (let at = from; at < to; at += chunk) {
      const length = Math.min(chunk, to - at) * run.bytesPerElement;
      const bytes = await cursor.read(run.offset + at * run.bytesPerElement, length, range.signal, into);
      yield run.decode(bytes);
    }
    if (room !== undefined) freeBuffer(room);
  } finally {
    await cursor.close();
  }
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
