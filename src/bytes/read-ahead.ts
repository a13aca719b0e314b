import type { ByteSource } from "./byte-source.js";

/** A page of the file: one read serves the headers of hundreds of small members. */
const PAGE_BYTES = 64 * 2 ** 10;
/** Pages that are kept: readers of neighbouring members run side by side. */
const MAX_PAGES = 4;

/**
 * The same bytes, with small reads served from pages of 64 KiB, of which the last four are kept. For files of many
 * small pieces that lie close together: each read of a file costs a system call or a request. Reads longer than half a
 * page go to the source.
 */
export function readAhead(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  const pageAt = (begin: number, signal?: AbortSignal): Promise<Uint8Array> => {
    const known = pages.get(begin);
    if (known !== undefined) return known;
    const page = source.read(begin, Math.min(PAGE_BYTES, source.byteLength - begin), signal);
    pages.set(begin, page);
    if (pages.size > MAX_PAGES) pages.delete(pages.keys().next().value!);
    // A failed or aborted read says nothing about the next one.
    page.catch(() => pages.delete(begin));
    return page;
  };
  return {
    byteLength: source.byteLength,
    async read(offset, length, signal) {
      const begin = offset - (offset % PAGE_BYTES);
      const outside = offset < 0 || offset + length > source.byteLength;
      if (outside || length > PAGE_BYTES / 2 || length === 0) return source.read(offset, length, signal);
      const first = await pageAt(begin, signal);
      signal?.throwIfAborted();
      const within = first.subarray(offset - begin, offset - begin + length);
      if (within.length === length) return within;
      const second = await pageAt(begin + PAGE_BYTES, signal);
      const joined = new Uint8Array(length);
      joined.set(within);
      joined.set(second.subarray(0, length - within.length), within.length);
      return joined;
    },
    close: () => source.close?.() ?? Promise.resolve(),
  };
}
