import { turnOfEventLoop } from "../bytes/pace.js";

/** Smaller pieces are gathered: each blob is an object of the browser. */
const PIECE_BYTES = 2 ** 18;
/** Milliseconds of work before others get a turn. */
const TURN_MS = 8;

/** Where a text lies in a blob, in bytes. */
export type Place = readonly [from: number, to: number];

/**
 * Puts a long blob together from texts. The browser has each piece outside the page's memory as soon as it is full, and
 * the page stays usable meanwhile.
 */
export class LongBlob {
  private readonly encoder = new TextEncoder();
  private readonly blobs: Blob[] = [];
  private pieces: Uint8Array<ArrayBuffer>[] = [];
  private gathered = 0;
  private size = 0;
  private turnAt = performance.now() + TURN_MS;

  /** Adds a text, in UTF-8. Resolves to its place. */
  async add(text: string): Promise<Place> {
    const bytes = this.encoder.encode(text);
    const from = this.size;
    this.pieces.push(bytes);
    this.gathered += bytes.length;
    this.size += bytes.length;
    if (this.gathered >= PIECE_BYTES) this.seal();
    if (performance.now() >= this.turnAt) {
      await turnOfEventLoop();
      this.turnAt = performance.now() + TURN_MS;
    }
    return [from, from + bytes.length];
  }

  /** Adds a list as JSON. */
  async addList(items: Iterable<unknown>): Promise<void> {
    let before = "[";
    for (const item of items) {
      await this.add(before + JSON.stringify(item));
      before = ",";
    }
    await this.add(before === "[" ? "[]" : "]");
  }

  /** All that was added. */
  end(): Blob {
    this.seal();
    return new Blob(this.blobs);
  }

  private seal(): void {
    this.blobs.push(new Blob(this.pieces));
    this.pieces = [];
    this.gathered = 0;
  }
}
