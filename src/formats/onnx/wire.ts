import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";

/**
 * A field of up to this many bytes is read with its message and returned; for a longer one (weights, a subgraph) only
 * its span in the file is returned.
 */
export const INLINE_BYTES = 64 * 2 ** 10;
/**
 * After a jump over weights this much is read at first, and twice as much each time that reading continues without a
 * jump.
 */
const FIRST_WINDOW_BYTES = INLINE_BYTES + 16 * 2 ** 10;
const MAX_WINDOW_BYTES = 2 ** 20;
/** A varint carries 7 bits per byte: 64 bits in 10 bytes. */
const MAX_VARINT_BYTES = 10;
/** The longest tag and length before a payload. */
const MAX_PREFIX_BYTES = 2 * MAX_VARINT_BYTES;

const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The storage type of a field's payload [Protocol Buffers, Encoding]. */
export type WireType = "varint" | "fixed64" | "bytes" | "fixed32";
const WIRE_TYPES: readonly (WireType | undefined)[] = ["varint", "fixed64", "bytes", undefined, undefined, "fixed32"];

/** The location of a payload in the file. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** One field of a message. */
export interface Field extends Span {
  readonly number: number;
  readonly wire: WireType;
  /**
   * The value of a varint, as a signed 64-bit integer: exact up to 2^53; beyond that only its magnitude is reliable.
   */
  readonly value: number;
  /** The payload, if it is short enough to have been read. Must not be written to. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Walks protobuf messages of any size in a file, a window of at most 1 MiB at a time: payloads longer than
 * `INLINE_BYTES` are skipped unread. It knows no schema; the reader of a schema calls `expect` with the wire type that
 * it requires.
 */
export class Wire {
  private window: Uint8Array = new Uint8Array(0);
  private windowAt = 0;
  private nextSize = FIRST_WINDOW_BYTES;

  constructor(
    private readonly source: ByteSource,
    private readonly where: ErrorLocation,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Visits a message's fields in stored order. Throws `FormatError` if a field violates the encoding or leaves its
   * message.
   */
  async walk({ begin, end }: Span, visit: (field: Field) => void | Promise<void>): Promise<void> {
    for (let at = begin; at < end; ) {
      const prefix = Math.min(MAX_PREFIX_BYTES, end - at);
      if (!this.holds(at, prefix)) await this.load(at, prefix);
      const head = this.readHead(at, end);
      const inline = head.wire === "bytes" && head.end - head.begin <= INLINE_BYTES;
      if (inline && !this.holds(head.begin, head.end - head.begin)) await this.load(head.begin, head.end - head.begin);
      const from = head.begin - this.windowAt;
      const bytes = inline ? this.window.subarray(from, from + head.end - head.begin) : undefined;
      const pending = visit({ ...head, bytes });
      if (pending !== undefined) await pending;
      at = head.end;
    }
  }

  /** Throws unless a field is stored with the wire type that the schema requires. */
  expect(field: Field, wire: WireType, what: string): void {
    if (field.wire !== wire) this.fail(`${what} is stored as ${field.wire}, expected ${wire}`, field.begin);
  }

  /** A field's payload as text. Throws if it is too long for a name or not valid UTF-8. */
  text(field: Field, what: string): string {
    this.expect(field, "bytes", what);
    if (field.bytes === undefined)
      return this.fail(`${what} of ${field.end - field.begin} bytes is too long for a name`, field.begin);
    try {
      return UTF8.decode(field.bytes);
    } catch {
      return this.fail(`${what} is not valid UTF-8`, field.begin);
    }
  }

  /**
   * A field of a repeated integer: one value, or (packed) a run of them, appended to `values`. At most `limit` are
   * accepted.
   */
  integersInPlace(field: Field, values: number[], { what, limit }: { what: string; limit: number }): void {
    if (field.wire === "varint") values.push(field.value);
    else {
      this.expect(field, "bytes", what);
      if (field.bytes === undefined) this.fail(`${what} has ${field.end - field.begin} bytes`, field.begin);
      const { bytes } = field as { bytes: Uint8Array };
      for (let at = 0; at < bytes.length && values.length <= limit; ) {
        const { value, length } = this.varint(bytes, { at, end: bytes.length, base: field.begin });
        values.push(value);
        at += length;
      }
    }
    if (values.length > limit) this.fail(`${what} has more than ${limit} numbers`, field.begin);
  }

  fail(reason: string, offset: number): never {
    throw new FormatError(reason, { ...this.where, kind: "malformed", offset });
  }

  private readHead(at: number, end: number): Omit<Field, "bytes"> {
    const base = this.windowAt;
    const limit = Math.min(end - base, this.window.length);
    const tag = this.varint(this.window, { at: at - base, end: limit, base });
    const number = Math.floor(tag.value / 8);
    const wire = WIRE_TYPES[tag.value & 7];
    if (tag.value < 8 || tag.value > 0xffffffff) this.fail(`a field numbered ${number} is not possible`, at);
    if (wire === undefined) {
      const group = (tag.value & 7) === 3 || (tag.value & 7) === 4;
      this.fail(
        group ? "found a protobuf group; the format has none" : `the wire type ${tag.value & 7} does not exist`,
        at,
      );
    }
    const begin = at + tag.length;
    const inside = (length: number): number => {
      if (length < 0 || begin + length > end)
        this.fail(`a ${wire} field exceeds its message, which ends at ${end}`, at);
      return begin + length;
    };
    if (wire === "fixed32") return { number, wire, value: 0, begin, end: inside(4) };
    if (wire === "fixed64") return { number, wire, value: 0, begin, end: inside(8) };
    const { value, length } = this.varint(this.window, { at: begin - base, end: limit, base });
    if (wire === "varint") return { number, wire, value, begin, end: begin + length };
    if (value < 0 || begin + length + value > end) {
      this.fail(`a field declares ${value} bytes, but only ${end - begin - length} are left in its message`, at);
    }
    return { number, wire, value: 0, begin: begin + length, end: begin + length + value };
  }

  /** One varint of `bytes` from `at` on. */
  private varint(
    bytes: Uint8Array,
    { at, end, base }: { at: number; end: number; base: number },
  ): { value: number; length: number } {
    let value = 0;
    let scale = 1;
    for (let k = 0; k < MAX_VARINT_BYTES; k++) {
      if (at + k >= end) this.fail("a number is truncated by the end of its message", base + at);
      const byte = bytes[at + k];
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return { value: k < 7 ? value : wideVarint(bytes.subarray(at, at + k + 1)), length: k + 1 };
    }
    return this.fail(`a number is longer than ${MAX_VARINT_BYTES} bytes`, base + at);
  }

  private holds(at: number, length: number): boolean {
    return at >= this.windowAt && at + length <= this.windowAt + this.window.length;
  }

  private async load(at: number, length: number): Promise<void> {
    const goesOn = at >= this.windowAt && at <= this.windowAt + this.window.length;
    this.nextSize = goesOn ? Math.min(this.nextSize * 2, MAX_WINDOW_BYTES) : FIRST_WINDOW_BYTES;
    const size = Math.min(Math.max(this.nextSize, length), this.source.byteLength - at);
    this.window = await readRange(this.source, { ...this.where, offset: at, length: size, signal: this.signal });
    this.windowAt = at;
  }
}

/** A varint of 8 to 10 bytes, which a double may not represent exactly. */
function wideVarint(bytes: Uint8Array): number {
  let value = 0n;
  bytes.forEach((byte, k) => {
    value |= BigInt(byte & 0x7f) << BigInt(7 * k);
  });
  return Number(BigInt.asIntN(64, value));
}
