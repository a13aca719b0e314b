import { frameOf, recordsIn } from "../../analysis/run/records.js";
import { type Digest, digestOfData } from "../../analysis/store/digest.js";
import type { Outcome } from "../../analysis/store/outcome.js";
import { decodeOutcome, encodeOutcome } from "../../analysis/store/outcome-codec.js";
import type { Bucket } from "../s3/bucket.js";
import type { ListedObject } from "../s3/listing.js";
import type { HowRead, KeptStore } from "./kept-store.js";

/** Decoded outcomes stay in memory up to so many bytes: objects never change. */
const MAX_HELD_BYTES = 256 * 2 ** 20;
/** What is asked for at once; the bucket does eight of them at a time. */
const PARALLEL = 64;
/** The end of a failure's name. A success has the key alone, so that it is never in a failure's way. */
const FAILED = ".failed";

/** Outcomes in memory by their object's name and state. */
export interface Held {
  readonly outcomes: Map<string, Outcome>;
  bytes: number;
}

/** Where outcomes lie. */
export interface OutcomesPlace {
  readonly bucket: Bucket;
  /** Ends with a slash. */
  readonly prefix: string;
  readonly held: Held;
}

/**
 * A store of outcomes in a bucket: one object each, `<key>`, written once, and `<key>.failed` for a failure, which a
 * later one replaces. An object is one record with its checksums, as in a segment of a folder. One that is cut or
 * damaged counts as missing, and is written again by the next process that has its outcome.
 */
export class BucketOutcomes implements KeptStore {
  /** By key: whether all that is known is a failure, and what is known of its object. */
  private readonly found = new Map<Digest, { readonly failed: boolean; readonly object?: ListedObject }>();
  private listed: readonly ListedObject[] = [];
  private dropped = 0;

  constructor(
    private readonly place: OutcomesPlace,
    private readonly how: HowRead,
  ) {}

  get droppedBytes(): number {
    return this.dropped;
  }

  has(key: Digest): boolean {
    return this.found.has(key);
  }

  async get(key: Digest): Promise<Outcome | undefined> {
    const found = this.found.get(key);
    if (found?.object !== undefined) return this.read(found.object.key, found.object);
    if (!this.how.live && found === undefined) return undefined;
    const names = [key, key + FAILED].map((name) => this.place.prefix + name);
    const [done, failed] = await Promise.all(names.map((name) => this.read(name)));
    const outcome = done ?? failed;
    if (outcome !== undefined) this.found.set(key, { failed: done === undefined });
    return outcome;
  }

  /** Resolves when the server has the outcome, or an equal one of a process that was faster. */
  async put(outcome: Outcome): Promise<void> {
    const { bucket, prefix } = this.place;
    const record = frameOf(encodeOutcome(outcome));
    const failed = outcome.kind === "failed";
    const name = prefix + nameOf(outcome);
    if (failed) await bucket.put(name, record);
    else if (!(await bucket.put(name, record, { once: true })) && (await this.read(name)) === undefined)
      // What is there is damaged. All processes have equal outcomes for a key: whoever writes last is right too.
      await bucket.put(name, record);
    if (!failed || !this.found.has(outcome.key)) this.found.set(outcome.key, { failed });
  }

  /** Lists what is there, and reads it: as long as nobody writes, later questions cost no request. */
  async refresh(): Promise<void> {
    const listed = await this.list();
    this.found.clear();
    this.listed = listed;
    this.dropped = 0;
    for (let from = 0; from < listed.length; from += PARALLEL)
      await Promise.all(listed.slice(from, from + PARALLEL).map((object) => this.find(object)));
  }

  /** What was there at the last `refresh`, in one digest: other objects, or other states of them, have another one. */
  state(): Promise<Digest> {
    return stateOf(this.listed);
  }

  async stateNow(): Promise<Digest> {
    return stateOf(await this.list());
  }

  async close(): Promise<void> {}

  private async list(): Promise<ListedObject[]> {
    const { bucket, prefix } = this.place;
    const objects: ListedObject[] = [];
    for await (const object of bucket.list(prefix)) objects.push(object);
    return objects;
  }

  private async find(object: ListedObject): Promise<void> {
    const outcome = await this.read(object.key, object);
    if (outcome === undefined) {
      this.dropped += object.byteLength;
      return;
    }
    const failed = outcome.kind === "failed";
    if (!failed || !this.found.has(outcome.key)) this.found.set(outcome.key, { failed, object });
  }

  /** The outcome of an object. Undefined if it is not there, or is not the whole record of its name's key. */
  private async read(name: string, listed?: ListedObject): Promise<Outcome | undefined> {
    const { bucket, prefix, held } = this.place;
    const known = listed && held.outcomes.get(`${name} ${listed.etag}`);
    if (known !== undefined) return known;
    const object = await bucket.get(name);
    if (object === undefined) return undefined;
    const { bytes, etag } = object;
    const outcome = outcomeIn(bytes);
    if (outcome === undefined || name !== prefix + nameOf(outcome)) return undefined;
    // Only what is listed may be asked for again.
    if (listed !== undefined && held.bytes + bytes.length <= MAX_HELD_BYTES) {
      held.outcomes.set(`${name} ${etag}`, outcome);
      held.bytes += bytes.length;
    }
    return outcome;
  }
}

function nameOf({ key, kind }: Outcome): string {
  return kind === "failed" ? key + FAILED : key;
}

/** The outcome of one whole record. Undefined for anything else. */
function outcomeIn(bytes: Uint8Array): Outcome | undefined {
  const { records, end } = recordsIn(bytes);
  if (records.length !== 1 || end !== bytes.length) return undefined;
  const [{ offset, length }] = records;
  try {
    return decodeOutcome(bytes.subarray(offset, offset + length));
  } catch {
    return undefined;
  }
}

function stateOf(objects: readonly ListedObject[]): Promise<Digest> {
  return digestOfData(objects.map(({ key, byteLength, etag }) => [key, byteLength, etag]));
}
