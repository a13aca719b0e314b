/**
 * The one door for bytes: a reader sees a length and a way to read a range, never a file, a URL or a handle.
 *
 * `read` resolves to exactly `length` bytes; it rejects where the range leaves `[0, byteLength)` or the bytes cannot be
 * had. A returned array may be a view of a larger buffer and must not be written to.
 */
export interface ByteSource {
  readonly byteLength: number;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Releases what the source holds (a file handle). Reading after it rejects. */
  close?(): Promise<void>;
}

/** A byte source over memory: tests, small files, browser uploads that are already there. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.byteLength,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new RangeError(`read of ${length} bytes at ${offset} leaves the ${bytes.byteLength} bytes that are there`);
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}
