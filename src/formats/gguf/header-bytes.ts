import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";

/**
 * Ten times the largest vocabulary in use (262,144 tokens with their merges: about 12 MB), and more than any list of
 * tensors.
 */
export const MAX_HEADER_BYTES = 128 * 2 ** 20;
/**
 * The first read, enough for the head of most files without a vocabulary; each further one is twice as long, up to the
 * last.
 */
const FIRST_READ_BYTES = 64 * 2 ** 10;
const MAX_READ_BYTES = 4 * 2 ** 20;

/** A 64-bit number as declared in a file: exact if it is small enough for any real file. */
export type Declared = number | bigint;

/**
 * The bytes of a header, read in order through a window: the end of a header is known only after parsing it.
 * Little-endian. Call `fill` first, then take. Every length is checked against the rest of the file before bytes are
 * read or memory is allocated for it.
 */
export class HeaderBytes {
  private window: DataView = new DataView(new ArrayBuffer(0));
  private windowAt = 0;
  private readBytes = FIRST_READ_BYTES;
  /** Offset in the file of the next byte. */
  at = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly where: ErrorLocation,
    private readonly signal?: AbortSignal,
  ) {}

  /** Bytes of the file from here on. */
  get left(): number {
    return this.source.byteLength - this.at;
  }

  /** Bytes that can be taken without another `fill`. */
  get filled(): number {
    return this.windowAt + this.window.byteLength - this.at;
  }

  /** Makes the next `count` bytes available. Throws `FormatError` if the file or the header's limit ends before. */
  async fill(count: number, what: string): Promise<void> {
    if (count <= this.filled) return;
    this.assertLeft(count, what);
    const length = Math.min(Math.max(count, this.readBytes), this.left);
    this.readBytes = Math.min(2 * this.readBytes, MAX_READ_BYTES);
    const bytes = await readRange(this.source, { ...this.where, offset: this.at, length, signal: this.signal });
    this.window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.windowAt = this.at;
  }

  /** Skips `count` bytes without reading them. */
  skip(count: Declared, what: string): void {
    this.assertLeft(count, what);
    this.at += Number(count);
  }

  u8(): number {
    return this.window.getUint8(this.step(1));
  }

  u32(): number {
    return this.window.getUint32(this.step(4), true);
  }

  u64(): Declared {
    const within = this.step(8);
    const high = this.window.getUint32(within + 4, true);
    return high < 2 ** 21
      ? high * 2 ** 32 + this.window.getUint32(within, true)
      : this.window.getBigUint64(within, true);
  }

  /** A view of the next `count` bytes, valid until the next `fill`. */
  view(count: number): DataView {
    return new DataView(this.window.buffer, this.window.byteOffset + this.step(count), count);
  }

  /** The same, without taking them. */
  peek(count: number): DataView {
    return new DataView(this.window.buffer, this.window.byteOffset + this.at - this.windowAt, count);
  }

  fail(reason: string, { at = this.at, tensor }: { readonly at?: number; readonly tensor?: string } = {}): never {
    throw new FormatError(reason, { ...this.where, kind: "malformed", tensor, offset: at });
  }

  private step(count: number): number {
    const within = this.at - this.windowAt;
    this.at += count;
    return within;
  }

  private assertLeft(count: Declared, what: string): void {
    if (count > this.left) {
      throw new FormatError(`${what} needs ${count} bytes, but only ${this.left} follow`, {
        ...this.where,
        kind: "malformed",
        offset: this.at,
        remedy: "The file is damaged or truncated (an unfinished download?); get it again.",
      });
    }
    if (this.at + Number(count) > MAX_HEADER_BYTES) this.fail(`the header is longer than ${MAX_HEADER_BYTES} bytes`);
  }
}
