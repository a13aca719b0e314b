import { FormatError } from "../formats/index.js";
import { shownAddress } from "./address.js";
import { readInto, readWhole } from "./body.js";
import { lies, rangeOf } from "./byte-range.js";
import { type Answer, discard, failedAnswer, request, type Site, type Target } from "./request.js";
import { Transient, withRetries } from "./retry.js";

/** A server without range requests may still send a file of this size whole, once: an index, a small model. */
const MAX_WHOLE_FILE_BYTES = 16 * 2 ** 20;

/**
 * A server may answer with less than was requested (RFC 9110, 15.3.7), but tiny parts would turn one request into a
 * million.
 */
const MIN_PART_BYTES = 64 * 2 ** 10;
/** The statuses with which servers report that a signed address has expired. */
const EXPIRED: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);

/** Identifies one state of a file (RFC 9110, 8.8); a weak ETag guarantees nothing about bytes. */
interface Version {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/**
 * A file at an address that answered once: its length, its version, and its first bytes (all of them if the server does
 * not support ranges).
 */
export interface Opened {
  readonly file: RemoteFile;
  readonly head: Uint8Array;
}

/**
 * Requests the first `headBytes` of a file, and so learns its length. A GET, not a HEAD: a signed address is signed for
 * one method. Rejects with a `FormatError` if the file does not exist, may not be read, or can only be sent whole and
 * is larger than 16 MiB.
 */
export async function openRemoteFile(address: URL, site: Site, headBytes: number): Promise<Opened> {
  const shown = shownAddress(address);
  const attempt = async (signal: AbortSignal): Promise<Opened> => {
    const asked: Target = { url: address, trusted: true };
    const answer = await request(asked, { site, headers: { range: `bytes=0-${headBytes - 1}` }, signal });
    const { response, target } = answer;
    const opened = (byteLength: number, head: Uint8Array): Opened => ({
      file: new RemoteFile(address, site, { byteLength, answer }),
      head,
    });
    if (response.status === 206) {
      const range = rangeOf(response, site, shown);
      if (range.from !== 0 || range.to !== Math.min(headBytes, range.total)) {
        lies(`bytes ${range.from} to ${range.to - 1} of ${range.total}, not the first ${headBytes}`, shown);
      }
      const head = new Uint8Array(range.to);
      await readInto(head, response, target.url, () => {});
      return opened(range.total, head);
    }
    if (response.status === 200) {
      const whole = await readWhole(response, target.url, MAX_WHOLE_FILE_BYTES);
      return whole === undefined ? refuseWhole(response, shown) : opened(whole.length, whole);
    }
    // An empty file has no first byte.
    if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get("content-range") ?? "")) {
      discard(response);
      return opened(0, new Uint8Array(0));
    }
    throw failedAnswer(response, { site, url: address });
  };
  return site.inLane(() => withRetries(attempt, { host: site.host, shown, signal: site.signal }));
}

/** A file at an address, read by ranges. Once a change was detected, every reading rejects. */
export class RemoteFile {
  readonly byteLength: number;
  private readonly version: Version;
  private readonly own: Target;
  /**
   * The target of the last redirects. It may expire (signed addresses do); then the file's own address is requested
   * again.
   */
  private target: Target;
  private changed?: FormatError;

  constructor(
    readonly address: URL,
    private readonly site: Site,
    { byteLength, answer }: { byteLength: number; answer: Answer },
  ) {
    this.byteLength = byteLength;
    this.version = versionOf(answer.response);
    this.own = { url: address, trusted: true };
    this.target = answer.target;
  }

  /** Fills `into` with the file's bytes from `offset` on. A broken answer is resumed at the byte that it reached. */
  async fill(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    let done = 0;
    const attempt = async (attemptSignal: AbortSignal): Promise<void> => {
      while (done < into.length) {
        const { response, url, to } = await this.ask(offset + done, offset + into.length, attemptSignal);
        await readInto(into.subarray(done, to - offset), response, url, (bytes) => {
          done += bytes;
        });
      }
    };
    const { host } = this.site;
    await this.site.inLane(() => withRetries(attempt, { host, shown: this.shown, signal, progress: () => done }));
  }

  private get shown(): string {
    return shownAddress(this.address);
  }

  /**
   * One request for `[from, end)`. The answer is verified to belong to the file's first state and to begin at `from`;
   * `to` is its end.
   */
  private async ask(
    from: number,
    end: number,
    signal: AbortSignal,
  ): Promise<{ response: Response; url: URL; to: number }> {
    if (this.changed !== undefined) throw this.changed;
    const asked = this.target;
    const { response, target } = await request(asked, { site: this.site, headers: this.conditions(from, end), signal });
    const { status } = response;

    if (status === 412 || status === 416 || (response.ok && differs(this.version, versionOf(response))))
      throw this.change(response);
    if (EXPIRED.has(status) && asked.url.href !== this.address.href) {
      discard(response);
      this.target = this.own;
      throw new Transient(`the address that it redirects to refuses access (status ${status})`, 0);
    }
    if (status === 200) refuseWhole(response, this.shown);
    if (status !== 206) throw failedAnswer(response, { site: this.site, url: this.address });

    const range = rangeOf(response, this.site, this.shown);
    if (range.total !== this.byteLength) throw this.change(response);
    if (range.from !== from || range.to > end || range.to < Math.min(end, from + MIN_PART_BYTES)) {
      lies(`bytes ${range.from} to ${range.to - 1}, not ${from} to ${end - 1}`, this.shown);
    }
    this.target = target;
    return { response, url: target.url, to: range.to };
  }

  private conditions(from: number, end: number): Record<string, string> {
    const range = `bytes=${from}-${end - 1}`;
    const { etag } = this.version;
    return etag === undefined || this.site.host.sandboxed ? { range } : { range, "if-match": etag };
  }

  private change(response: Response): FormatError {
    discard(response);
    this.changed ??= new FormatError("the file changed while it was being read", {
      kind: "unreadable",
      file: this.shown,
      remedy: "Run again; name a revision or a copy that does not change.",
    });
    return this.changed;
  }
}

function versionOf({ headers }: Response): Version {
  const etag = headers.get("etag");
  return {
    etag: etag?.startsWith('"') ? etag : undefined,
    lastModified: headers.get("last-modified") ?? undefined,
  };
}

function differs(a: Version, b: Version): boolean {
  if (a.etag !== undefined && b.etag !== undefined) return a.etag !== b.etag;
  return a.lastModified !== undefined && b.lastModified !== undefined && a.lastModified !== b.lastModified;
}

function refuseWhole(response: Response, shown: string): never {
  discard(response);
  throw new FormatError("the server ignores range requests and would send the whole file", {
    kind: "unreadable",
    file: shown,
    remedy: "Download the file and name the copy.",
  });
}
