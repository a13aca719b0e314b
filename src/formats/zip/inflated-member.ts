import { crc32 } from "../../bytes/checksum.js";
import { FormatError } from "../../bytes/errors.js";
import { type Cursor, readRange, type StoredBytes } from "../../bytes/stored-bytes.js";
import { type MemberLocation, refuseChecksum } from "./stored-member.js";

/** One read of the file. */
const READ_BYTES = 2 ** 20;
/** Bytes passed to the inflater at a time: its output is at most 1032 times as large before it must be emptied. */
const FEED_BYTES = 16 * 2 ** 10;

export interface DeflatedLocation extends MemberLocation {
  readonly storedBytes: number;
}

/**
 * A DEFLATE-compressed member, inflated while it is read by the platform's `DecompressionStream`: a few MiB of memory
 * for any size. A cursor moves forward; going back starts again. The output must have exactly the declared length and
 * match the checksum.
 */
export function inflatedMember(location: DeflatedLocation, byteLength: number): StoredBytes {
  return { byteLength, openCursor: () => inflatingCursor(location, byteLength) };
}

function inflatingCursor(location: DeflatedLocation, byteLength: number): Cursor {
  const { where, offset } = location;
  let inflater: Inflater | undefined;
  /** The last output that is not used up, and its offset. */
  let chunk = new Uint8Array(0);
  let chunkAt = 0;

  const close = async (): Promise<void> => {
    const open = inflater;
    inflater = undefined;
    chunk = new Uint8Array(0);
    chunkAt = 0;
    await open?.close();
  };
  return {
    async read(at, length, signal) {
      if (at + length > byteLength)
        throw new FormatError("its data exceed the zip member", { ...where, kind: "malformed", offset });
      if (at < chunkAt) await close();
      const wanted = new Uint8Array(length);
      for (let have = 0; have < length; ) {
        signal?.throwIfAborted();
        const from = at + have - chunkAt;
        if (from >= chunk.length) {
          chunkAt += chunk.length;
          inflater ??= openInflater(location, byteLength);
          chunk = await inflater.next();
          continue;
        }
        const part = chunk.subarray(from, from + length - have);
        wanted.set(part, have);
        have += part.length;
      }
      return wanted;
    },
    close,
  };
}

interface Inflater {
  /** The next bytes; rejects if they end early, are too many, or fail the checksum. */
  next(): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

function openInflater(location: DeflatedLocation, byteLength: number): Inflater {
  const { where, offset, crc } = location;
  const feed = compressedStream(location);
  const reader = feed.stream.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let produced = 0;
  let sum = 0;
  const fail = (reason: string, cause?: unknown): never => {
    throw new FormatError(reason, {
      ...where,
      kind: "malformed",
      offset,
      cause,
      remedy: "The archive is damaged; get it again.",
    });
  };
  const pull = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    try {
      return (await reader.read()).value;
    } catch (cause) {
      // The inflater replaces a failure to read the file by an error of its own; throw the original.
      throw feed.failure() ?? fail("the compressed data cannot be inflated", cause);
    }
  };
  return {
    async next() {
      const value = await pull();
      if (value === undefined) return fail(`this member inflates to ${produced} bytes, but ${byteLength} are declared`);
      produced += value.length;
      if (produced > byteLength) fail(`this member inflates to more than its declared ${byteLength} bytes`);
      sum = crc32(value, sum);
      if (produced === byteLength) {
        if ((await pull()) !== undefined) fail(`this member inflates to more than its declared ${byteLength} bytes`);
        if (sum !== crc) refuseChecksum(where, offset);
      }
      return value;
    },
    async close() {
      await reader.cancel().catch(() => {});
    },
  };
}

/** The compressed bytes as a stream that reads the file only as fast as it is consumed. */
function compressedStream({ source, where, offset, storedBytes }: DeflatedLocation) {
  let failure: unknown;
  let buffered = new Uint8Array(0) as Uint8Array;
  let at = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        if (buffered.length === 0) {
          if (at === storedBytes) {
            controller.close();
            return;
          }
          const length = Math.min(READ_BYTES, storedBytes - at);
          try {
            buffered = await readRange(source, { ...where, offset: offset + at, length });
          } catch (cause) {
            failure = cause;
            throw cause;
          }
          at += length;
        }
        controller.enqueue(new Uint8Array(buffered.subarray(0, FEED_BYTES)));
        buffered = buffered.subarray(FEED_BYTES);
      },
    },
    { highWaterMark: 1 },
  );
  return { stream, failure: () => failure };
}
