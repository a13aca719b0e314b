import type { ByteSource, Room } from "./byte-source.js";
import { FormatError, type FormatErrorDetails } from "./errors.js";

/**
 * A run of stored bytes that can be read more than once: part of a file, several concatenated files, or an inflated zip
 * member. Every reading opens its own cursor, so that two layers can be read at the same time.
 */
export interface StoredBytes {
  readonly byteLength: number;
  /**
   * `jumping`: the reader will skip more than it reads, so the bytes between should not be read only for a checksum.
   */
  openCursor(how?: { readonly jumping?: boolean }): Cursor;
}

/**
 * A reading in progress. Ascending offsets cost each byte once; going back may mean reading from the start again
 * (inflated members).
 */
export interface Cursor {
  /**
   * Exactly `length` bytes at `offset`. Rejects with a `FormatError`, or with the signal's reason. The bytes must not
   * be written to. `into`: as for a `ByteSource`.
   */
  read(offset: number, length: number, signal?: AbortSignal, into?: Room): Promise<Uint8Array>;
  /** Ends the reading; repeated calls have no effect. */
  close(): Promise<void>;
}

/** The fields that an error about these bytes should name. */
export type ErrorLocation = Pick<FormatErrorDetails, "format" | "file" | "tensor">;

/** `length` bytes of a source at `offset`, as random-access stored bytes. */
export function bytesOf(
  source: ByteSource,
  where: ErrorLocation,
  offset = 0,
  length = source.byteLength - offset,
): StoredBytes {
  const cursor: Cursor = {
    read: (at, count, signal, into) =>
      readRange(source, { ...where, offset: offset + at, length: count, signal, into }),
    close: async () => {},
  };
  return { byteLength: length, openCursor: () => cursor };
}

export interface RangeRequest extends ErrorLocation {
  readonly offset: number;
  readonly length: number;
  readonly signal?: AbortSignal | undefined;
  readonly into?: Room | undefined;
}

/**
 * One read of a source with the checks that every reader needs: the range is inside the file, exactly the requested
 * bytes came, and any failure is a `FormatError` that names the file.
 */
export async function readRange(
  source: ByteSource,
  { offset, length, signal, into, ...where }: RangeRequest,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > source.byteLength
  ) {
    throw new FormatError(`${length} bytes are needed at ${offset}, but the file ends at ${source.byteLength}`, {
      ...where,
      kind: "malformed",
      offset,
      remedy: "The file is truncated or damaged; get it again.",
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = await source.read(offset, length, signal, into);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`its bytes could not be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      ...where,
      kind: "unreadable",
      offset,
      cause,
    });
  }
  signal?.throwIfAborted();
  if (bytes.byteLength !== length) {
    throw new FormatError(`${length} bytes were requested, but ${bytes.byteLength} came`, {
      ...where,
      kind: "unreadable",
      offset,
    });
  }
  return bytes;
}
