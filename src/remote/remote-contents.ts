import { linkSignals, unlessAborted } from "./linked-signal.js";
import { openRemoteFile, type RemoteFile } from "./remote-file.js";
import type { Site } from "./request.js";

/**
 * Headers and directories are read in crumbs that lie together: one request brings a page of them. Four times the look
 * that tells a format.
 */
const PAGE_BYTES = 16 * 2 ** 10;
/** 4 MiB a file: the local headers of 256 tensors in a zip archive. The least recently used go first. */
const MAX_PAGES = 256;
/** Longer reads are split into parts of this size, fetched side by side; a part that breaks costs little to finish. */
const PART_BYTES = 8 * 2 ** 20;

/** What can be read of a remote file, and what is at hand of it; shared by all who have it open. */
export interface RemoteContents {
  readonly address: URL;
  readonly byteLength: number;
  /** Exactly these bytes, which lie within the file; they may be a view of a larger buffer. */
  read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Opens a file by reading its first page. */
export async function openContents(address: URL, site: Site): Promise<RemoteContents> {
  const { file, head } = await openRemoteFile(address, site, PAGE_BYTES);
  const { byteLength } = file;
  if (head.length === byteLength) return { address, byteLength, read: async (offset, length) => head.subarray(offset, offset + length) };
  const pages = new Pages(file, head, site.signal);
  return { address, byteLength, read: (offset, length, signal) => readOver(pages, { file, offset, length, signal }) };
}

interface Read {
  readonly file: RemoteFile;
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal;
}

/**
 * Short reads come from pages, which are fetched whole; longer ones take what pages are at hand at their beginning, and
 * fetch the rest exactly.
 */
async function readOver(pages: Pages, { file, offset, length, signal }: Read): Promise<Uint8Array> {
  const first = Math.floor(offset / PAGE_BYTES);
  const within = offset - first * PAGE_BYTES;
  if (within + length <= PAGE_BYTES && length > 0) return (await unlessAborted(pages.get(first), signal)).subarray(within, within + length);

  const bytes = new Uint8Array(length);
  let done = 0;
  for (let page = first; done < length && (length <= PAGE_BYTES || pages.has(page)); page++) {
    const from = offset + done - page * PAGE_BYTES;
    const found = (await unlessAborted(pages.get(page), signal)).subarray(from, from + length - done);
    bytes.set(found, done);
    done += found.length;
  }
  await fillInParts(file, { into: bytes.subarray(done), offset: offset + done, signal });
  return bytes;
}

/** All parts at once; how many are really under way is the site's affair. When one fails the others are ended. */
async function fillInParts(file: RemoteFile, part: { into: Uint8Array; offset: number; signal: AbortSignal }): Promise<void> {
  const { into, offset } = part;
  const linked = linkSignals([part.signal]);
  const fills: Promise<void>[] = [];
  for (let at = 0; at < into.length; at += PART_BYTES)
    fills.push(file.fill(into.subarray(at, at + PART_BYTES), offset + at, linked.signal));
  try {
    await Promise.all(fills);
  } catch (cause) {
    linked.abort(cause);
    await Promise.allSettled(fills);
    throw cause;
  } finally {
    linked.release();
  }
}

/** The pages of a file that were read last. */
class Pages {
  private readonly pages = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly file: RemoteFile,
    head: Uint8Array,
    /** Pages are shared: only the end of everything ends their fetching. */
    private readonly signal?: AbortSignal,
  ) {
    this.pages.set(0, Promise.resolve(head));
  }

  has(number: number): boolean {
    return this.pages.has(number);
  }

  get(number: number): Promise<Uint8Array> {
    const page = this.pages.get(number) ?? this.load(number);
    // A Map keeps its keys in the order in which they were set: the first is the least recently used.
    this.pages.delete(number);
    this.pages.set(number, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > MAX_PAGES) this.pages.delete(oldest);
    return page;
  }

  private load(number: number): Promise<Uint8Array> {
    const offset = number * PAGE_BYTES;
    const bytes = new Uint8Array(Math.min(PAGE_BYTES, this.file.byteLength - offset));
    const page = this.file.fill(bytes, offset, this.signal).then(() => bytes);
    page.catch(() => this.pages.delete(number));
    return page;
  }
}
