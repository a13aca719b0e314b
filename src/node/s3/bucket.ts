import { FormatError } from "../../formats/index.js";
import { readWhole } from "../../remote/body.js";
import { discard, overNetwork, type Site, siteOf } from "../../remote/request.js";
import { withRetries } from "../../remote/retry.js";
import { type ListedObject, listingOf, type Page } from "./listing.js";
import { type S3Access, type S3World, s3Access, signedHost } from "./s3-access.js";
import { encoded, encodedKey, shownS3 } from "./s3-address.js";
import { refusedByS3 } from "./s3-refusals.js";

/** An object that was read as a whole. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** A note that is kept with an object (metadata of S3), and read without the object. */
const NOTE = "x-amz-meta-eigenscope";
/** No object of a run is longer: a plan of 300,000 layers has about 60 MB, the report of such a model about 1.4 GB. */
const MAX_OBJECT_BYTES = 2 ** 31 - 1;
/** A page has at most 1000 keys of 1 KiB, which encoding makes three times as long. */
const MAX_LISTING_BYTES = 16 * 2 ** 20;

interface Asked {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/**
 * Small objects of a bucket: each is read and written as a whole, by at most eight requests at once. Requests that fail
 * in passing are repeated with back-off, as those for weights are. Methods reject with a `FormatError` that names
 * bucket and key, or with `S3Unavailable` if the server lacks what a run needs.
 */
export class Bucket {
  private readonly site: Site;
  private readonly url: URL;
  private readonly region: string;

  readonly name: string;

  constructor(access: S3Access) {
    this.name = access.bucket;
    this.url = access.url;
    this.region = access.settings.region;
    this.site = siteOf(access.url, { host: signedHost(access) });
  }

  /** An object's bytes. Undefined if there is none. */
  get(key: string): Promise<StoredObject | undefined> {
    return this.ask({ method: "GET", key }, async (response, url) => {
      if (response.status !== 200) return undefined;
      const bytes = await readWhole(response, url, MAX_OBJECT_BYTES);
      if (bytes !== undefined) return { bytes, etag: response.headers.get("etag") ?? "" };
      throw new FormatError(`has more than ${MAX_OBJECT_BYTES} bytes`, { kind: "unsupported", file: this.shown(key) });
    });
  }

  /** The note of an object, empty if it has none. Undefined if there is no object. */
  note(key: string): Promise<string | undefined> {
    return this.ask({ method: "HEAD", key }, async ({ status, headers }) =>
      status === 200 ? (headers.get(NOTE) ?? "") : undefined,
    );
  }

  /**
   * Writes an object as a whole. `once`: only where there is none; resolves to false if there is one, which may be that
   * of an attempt of this very call whose answer was lost.
   */
  put(
    key: string,
    bytes: Uint8Array,
    { once = false, note }: { once?: boolean; note?: string } = {},
  ): Promise<boolean> {
    const headers = { ...(once && { "if-none-match": "*" }), ...(note !== undefined && { [NOTE]: note }) };
    return this.ask({ method: "PUT", key, headers, body: bytes }, async (response) => {
      discard(response);
      if (response.ok || response.status === 412) return response.ok;
      throw this.refused(response, key, once);
    });
  }

  /** Removes an object; nothing happens if there is none. */
  remove(key: string): Promise<void> {
    return this.ask({ method: "DELETE", key }, async (response) => discard(response));
  }

  /** All objects whose keys begin with the prefix, in the order of their keys. */
  async *list(prefix: string): AsyncGenerator<ListedObject, void, undefined> {
    for await (const { objects } of this.pages(prefix, {})) yield* objects;
  }

  /** What lies directly in a folder, whose name ends with a slash: objects, and folders with a slash at their end. */
  async in(
    folder: string,
  ): Promise<{ readonly objects: readonly ListedObject[]; readonly folders: readonly string[] }> {
    const [objects, folders]: [ListedObject[], string[]] = [[], []];
    for await (const page of this.pages(folder, { delimiter: "/" })) {
      objects.push(...page.objects);
      folders.push(...page.folders);
    }
    return { objects, folders };
  }

  private async *pages(prefix: string, more: Readonly<Record<string, string>>): AsyncGenerator<Page, void, undefined> {
    let next: string | undefined;
    do {
      const query = { "list-type": "2", "encoding-type": "url", prefix, ...more };
      const page = await this.ask(
        { method: "GET", query: next === undefined ? query : { ...query, "continuation-token": next } },
        async (response, url) => {
          if (response.status !== 200) throw this.refused(response, prefix, false);
          const text = await readWhole(response, url, MAX_LISTING_BYTES);
          return listingOf(new TextDecoder().decode(text), this.shown(prefix));
        },
      );
      next = page.next;
      yield page;
    } while (next !== undefined);
  }

  private ask<Result>(asked: Asked, use: (response: Response, url: URL) => Promise<Result>): Promise<Result> {
    const { method, key = "", query = {}, headers = {}, body } = asked;
    const { host } = this.site;
    const url = new URL(encodedKey(key), this.url);
    url.search = Object.entries(query)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join("&");
    const attempt = async (signal: AbortSignal): Promise<Result> => {
      const init = { method, headers, signal, ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }) };
      return use(await overNetwork(host.fetch(url, init), url), url);
    };
    return this.site.inLane(() => withRetries(attempt, { host, shown: this.shown(key || (query.prefix ?? "")) }));
  }

  private refused({ status }: Response, key: string, once: boolean): Error {
    const answer = { status, retryAfter: null, date: null };
    return refusedByS3(answer, { shown: this.shown(key), region: this.region, once, now: this.site.host.now() });
  }

  private shown(key: string): string {
    return shownS3({ bucket: this.name, key });
  }
}

/** A bucket by the environment's settings. Rejects with `S3Unavailable`. */
export async function openBucket(name: string, world: S3World = {}): Promise<Bucket> {
  return new Bucket(await s3Access(name, world));
}
