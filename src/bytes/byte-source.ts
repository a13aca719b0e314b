/**
 * Room for `length` bytes, which the reader overwrites with its next read: a source may put the bytes there instead of
 * into new memory. One that keeps what it read must not.
 */
export type Room = (length: number) => Uint8Array;

/**
 * The only way to read bytes: a reader sees a length and reads ranges; it never sees a file, a URL or a handle.
 *
 * `read` resolves to exactly `length` bytes. It rejects if the range leaves `[0, byteLength)` or the bytes cannot be
 * read. A returned array may be a view of a larger buffer and must not be written to.
 */
export interface ByteSource {
  readonly byteLength: number;
  read(offset: number, length: number, signal?: AbortSignal, into?: Room): Promise<Uint8Array>;
  /** Releases what the source holds (a file handle). Reading afterwards rejects. */
  close?(): Promise<void>;
}

/** A byte source over memory: for tests, small files and browser uploads. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.byteLength,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new RangeError(`read of ${length} bytes at ${offset} leaves the ${bytes.byteLength} bytes of the source`);
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}
