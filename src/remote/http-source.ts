import { type ByteSource, FormatError } from "../formats/index.js";
import { remoteAddress, shownAddress } from "./address.js";
import { linkSignals } from "./linked-signal.js";
import { openContents, type RemoteContents } from "./remote-contents.js";
import { type Site, type SiteOptions, siteOf } from "./request.js";

/**
 * A byte source over an https address, by range requests, at most eight at once. Only the bytes that are read are
 * fetched, with small reads rounded to pages of 16 KiB. Broken and refused requests are repeated from the byte that
 * they reached. A file that changes meanwhile is refused from then on. Rejects with a `FormatError` that shows the
 * address without its query. `headers` (Authorization) are sent to the address's own host only.
 */
export async function httpSource(address: string | URL, options: SiteOptions): Promise<ByteSource> {
  const url = remoteAddress(String(address));
  const site = siteOf(url, options);
  return sourceOf(await openContents(url, site), site);
}

/** Opens the files of one site: opening a file again costs no request. */
export function openerOf(site: Site): (address: URL) => Promise<ByteSource> {
  const known = new Map<string, Promise<RemoteContents>>();
  return async (address) => {
    let contents = known.get(address.href);
    if (contents === undefined) {
      contents = openContents(address, site);
      known.set(address.href, contents);
      contents.catch(() => known.delete(address.href));
    }
    return sourceOf(await contents, site);
  };
}

function sourceOf(contents: RemoteContents, site: Site): ByteSource {
  const closed = new AbortController();
  const { byteLength, address } = contents;
  return {
    byteLength,
    async read(offset, length, signal) {
      if (offset < 0 || length < 0 || offset + length > byteLength) {
        throw new FormatError(`${length} bytes at ${offset} were requested, but the file has ${byteLength}`, {
          kind: "malformed",
          file: shownAddress(address),
          offset,
        });
      }
      const linked = linkSignals([signal, site.signal, closed.signal]);
      try {
        linked.signal.throwIfAborted();
        return await contents.read(offset, length, linked.signal);
      } finally {
        linked.release();
      }
    },
    async close() {
      closed.abort(new Error("the source was closed"));
    },
  };
}
