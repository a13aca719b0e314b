import { linkSignals, unlessAborted } from "./linked-signal.js";
import { openRemoteFile, type RemoteFile } from "./remote-file.js";
import type { Site } from "./request.js";

/**
 * Headers and directories are read in small pieces that are close together: one request fetches a page of them. A page
 * is four times as large as the head from which a format is detected.
 */
const PAGE_BYTES = 16 * 2 ** 10;
/**
 * 4 MiB per file: the local headers of 256 tensors in a zip archive. The least recently used pages are dropped first.
 */
const MAX_PAGES = 256;
/** Longer reads are split into parts of this size, fetched in parallel; finishing a broken part costs little. */
const PART_BYTES = 8 * 2 ** 20;

/** The readable bytes of a remote file, with its cache; shared by all users of the file. */
export interface RemoteContents {
  readonly address: URL;
  readonly byteLength: number;
  /** Exactly these bytes, which are inside the file; they may be a view of a larger buffer. */
  read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Opens a file by reading its first page. */
export async function openContents(address: URL, site: Site): Promise<RemoteContents> {
  const { file, head } = await openRemoteFile(address, site, PAGE_BYTES);
  const { byteLength } = file;
  if (head.length === byteLength)
    return { address, byteLength, read: async (offset, length) => head.subarray(offset, offset + length) };
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
 * Short reads use pages, which are fetched whole. Longer ones use the cached pages at their beginning, and fetch the
 * rest exactly.
 */
async function readOver(pages: Pages, { file, offset, length, signal }: Read): Promise<Uint8Array> {
  const first = Math.floor(offset / PAGE_BYTES);
  const within = offset - first * PAGE_BYTES;
  if (within + length <= PAGE_BYTES && length > 0)
    return (await unlessAborted(pages.get(first), signal)).subarray(within, within + length);

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

/** Starts all parts at once; the site limits how many run in parallel. If one fails, the others are aborted. */
async function fillInParts(
  file: RemoteFile,
  part: { into: Uint8Array; offset: number; signal: AbortSignal },
): Promise<void> {
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

/** The most recently read pages of a file. */
class Pages {
  private readonly pages = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly file: RemoteFile,
    head: Uint8Array,
    /** Pages are shared: only the signal of the whole site aborts their requests. */
    private readonly signal?: AbortSignal,
  ) {
    this.pages.set(0, Promise.resolve(head));
  }

  has(number: number): boolean {
    return this.pages.has(number);
  }

  get(number: number): Promise<Uint8Array> {
    const page = this.pages.get(number) ?? this.load(number);
    // A Map keeps its keys in insertion order: the first is the least recently used.
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
