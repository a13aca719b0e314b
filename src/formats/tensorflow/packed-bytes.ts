/** A varint carries 7 bits per byte: 64 bits in 10 bytes. */
const MAX_VARINT_BYTES = 10;

/** Refuses the file for a reason; it knows the file's name. */
export type Refuse = (reason: string) => never;

/**
 * The parts of a structure in memory, taken one after the other: varints and lengths, as both LevelDB's tables and
 * protobuf write them.
 */
export class PackedBytes {
  private at = 0;

  constructor(
    readonly bytes: Uint8Array,
    private readonly refuse: Refuse,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** A number of up to 64 bits, as a signed one: exact up to 2^53; beyond that only its magnitude is reliable. */
  varint(): number {
    const begin = this.at;
    let value = 0;
    let scale = 1;
    for (let k = 0; k < MAX_VARINT_BYTES; k++) {
      if (this.left === 0) return this.refuse("a number is truncated");
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return k < 7 ? value : wideVarint(this.bytes.subarray(begin, this.at));
    }
    return this.refuse(`a number is longer than ${MAX_VARINT_BYTES} bytes`);
  }

  /** A number that counts the bytes that follow. */
  length(): number {
    const value = this.varint();
    return value >= 0 && value <= this.left
      ? value
      : this.refuse(`${value} bytes are declared, but only ${this.left} are left`);
  }

  fixed32(): number {
    const [a, b, c, d] = this.take(4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.left) return this.refuse(`${length} bytes are needed, but only ${this.left} are left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
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
