import { FormatError } from "../../../bytes/errors.js";
import type { ErrorLocation } from "../../../bytes/stored-bytes.js";

/** Thrown if a pickle continues past the bytes that were read so far, and the file has more of them. */
export class MoreBytesNeeded extends Error {}

export interface PickleText {
  readonly bytes: Uint8Array;
  /** Offset of the pickle in `bytes`. */
  readonly from?: number;
  /** Offset of `bytes` in the file, for error messages. */
  readonly fileOffset?: number;
  /** False if `bytes` is only the file's beginning: running out of them is then not the pickle's fault. */
  readonly whole?: boolean;
  readonly where: ErrorLocation;
}

/**
 * Lines of text are numbers and names. Python refuses decimal numbers of more than 4300 digits, and names are far
 * shorter.
 */
const MAX_LINE_BYTES = 4300;

const LATIN1 = /* @__PURE__ */ new TextDecoder("latin1");

/** A pickle's bytes, read from the front. No declared length is trusted before the bytes are present. */
export class PickleBytes {
  at: number;
  private readonly view: DataView;

  constructor(private readonly text: PickleText) {
    const { bytes, from = 0 } = text;
    this.at = from;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  f64BigEndian(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  /** A length in 8 bytes. */
  u64(): number {
    const value = this.view.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail(`the length ${value} is declared, more than any file has`);
    return Number(value);
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    if (length < 0) this.fail(`the length ${length} is declared`);
    const start = this.take(length);
    return this.text.bytes.subarray(start, start + length);
  }

  /** The bytes up to the next line feed, as text, one character per byte. */
  line(): string {
    const { bytes } = this.text;
    const end = bytes.subarray(this.at, this.at + MAX_LINE_BYTES + 1).indexOf(0x0a);
    if (end < 0) {
      if (bytes.length - this.at > MAX_LINE_BYTES) this.fail(`a line of more than ${MAX_LINE_BYTES} bytes`);
      this.take(bytes.length - this.at + 1);
    }
    const start = this.take(end + 1);
    return LATIN1.decode(bytes.subarray(start, start + end));
  }

  fail(reason: string): never {
    const { where, fileOffset = 0 } = this.text;
    throw new FormatError(`its pickle is not valid at byte ${fileOffset + this.at}: ${reason}`, {
      ...where,
      kind: "malformed",
      remedy: "The file is damaged or malicious; get it again from a source that you trust.",
    });
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.text.bytes.length - start) {
      if (this.text.whole === false) throw new MoreBytesNeeded();
      this.fail(`${length} bytes are needed, but only ${this.text.bytes.length - start} are left: it is truncated`);
    }
    this.at += length;
    return start;
  }
}
