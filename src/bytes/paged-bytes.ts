import type { ByteSource } from "./byte-source.js";
import { FormatError } from "./errors.js";
import { type ErrorLocation, readRange } from "./stored-bytes.js";

/** Structures that point to each other are usually close together in the file; a page holds many of them. */
const PAGE_BYTES = 64 * 2 ** 10;
/** 16 MiB: more than the structures of any model, so that each page is read once. */
const MAX_PAGES = 256;

/**
 * A file whose structures point anywhere in it (HDF5, FlatBuffers), read through a cache of pages. The least recently
 * used pages are dropped, so that a file of any size costs 16 MiB. Not for weights, which are streamed.
 */
export class PagedBytes {
  private readonly pages = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly source: ByteSource,
    readonly where: ErrorLocation,
    private readonly signal?: AbortSignal,
  ) {}

  get byteLength(): number {
    return this.source.byteLength;
  }

  /** Bytes of a structure. Throws `FormatError` if it leaves the file. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > this.source.byteLength) {
      this.fail(
        `a structure of ${length} bytes at ${offset} exceeds the file, which ends at ${this.source.byteLength}`,
        Math.max(0, offset),
      );
    }
    const first = Math.floor(offset / PAGE_BYTES);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / PAGE_BYTES);
    const start = offset - first * PAGE_BYTES;
    if (first === last) return (await this.page(first)).subarray(start, start + length);
    // Long structures would only evict the others.
    if (last - first > 2) return readRange(this.source, { ...this.where, offset, length, signal: this.signal });
    const joined = new Uint8Array(length);
    for (let page = first; page <= last; page++) {
      const from = Math.max(offset, page * PAGE_BYTES);
      const to = Math.min(offset + length, (page + 1) * PAGE_BYTES);
      joined.set((await this.page(page)).subarray(from - page * PAGE_BYTES, to - page * PAGE_BYTES), from - offset);
    }
    return joined;
  }

  async view(offset: number, length: number): Promise<DataView> {
    const bytes = await this.read(offset, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(reason: string, offset?: number): never {
    throw new FormatError(reason, { ...this.where, kind: "malformed", offset });
  }

  private page(number: number): Promise<Uint8Array> {
    const known = this.pages.get(number);
    const page = known ?? this.load(number);
    // A Map keeps its keys in insertion order: the first is the least recently used.
    this.pages.delete(number);
    this.pages.set(number, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > MAX_PAGES) this.pages.delete(oldest);
    return page;
  }

  private async load(number: number): Promise<Uint8Array> {
    const offset = number * PAGE_BYTES;
    const length = Math.min(PAGE_BYTES, this.source.byteLength - offset);
    return readRange(this.source, { ...this.where, offset, length, signal: this.signal });
  }
}
