/** The widths of a file's addresses and lengths, and how to report an error. */
export interface Widths {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  fail(reason: string, offset?: number): never;
}

/**
 * The fields of one HDF5 structure, taken one after the other, in the format's little-endian order. Throws if they
 * leave the structure.
 */
export class Fields {
  private readonly view: DataView;
  at = 0;

  constructor(
    readonly bytes: Uint8Array,
    /** File offset of the structure, for messages. */
    private readonly position: number,
    private readonly widths: Widths,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.view.getUint8(this.step(1));
  }

  u16(): number {
    return this.view.getUint16(this.step(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.step(4), true);
  }

  /** An unsigned number of 1 to 8 bytes. A number beyond 2^53 is larger than any file and refused. */
  sized(bytes: number): number {
    const from = this.step(bytes);
    let value = 0;
    for (let k = bytes - 1; k >= 0; k--) value = value * 256 + this.bytes[from + k];
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`the number ${value} is larger than any file`);
    return value;
  }

  length(): number {
    return this.sized(this.widths.lengthBytes);
  }

  /** An address, or undefined if all its bits are set ("nowhere"). */
  address(): number | undefined {
    const bytes = this.widths.offsetBytes;
    if (this.left >= bytes && this.bytes.subarray(this.at, this.at + bytes).every((byte) => byte === 0xff)) {
      this.at += bytes;
      return undefined;
    }
    return this.sized(bytes);
  }

  /** An address that must be present. */
  target(what: string): number {
    return this.address() ?? this.fail(`the address of ${what} is missing`);
  }

  take(bytes: number): Uint8Array {
    const from = this.step(bytes);
    return this.bytes.subarray(from, from + bytes);
  }

  skip(bytes: number): void {
    this.step(bytes);
  }

  /** A part of this structure, as separate fields. */
  part(bytes: number): Fields {
    const position = this.position + this.at;
    return new Fields(this.take(bytes), position, this.widths);
  }

  /** The same structure from its beginning, to be read independently of this reading. */
  again(): Fields {
    return new Fields(this.bytes, this.position, this.widths);
  }

  /** Throws unless the next bytes are a structure's signature. */
  signature(expected: string): void {
    const found = String.fromCharCode(...this.take(expected.length));
    if (found !== expected) this.fail(`the signature "${expected}" of a structure is missing`);
  }

  /** Throws unless the next byte is one of these versions. */
  version(what: string, ...known: readonly number[]): number {
    const version = this.u8();
    if (!known.includes(version)) this.fail(`version ${version} of ${what} is unknown`);
    return version;
  }

  fail(reason: string): never {
    return this.widths.fail(reason, this.position + Math.min(this.at, this.bytes.length));
  }

  private step(bytes: number): number {
    if (bytes > this.left) this.fail(`a structure of ${this.bytes.length} bytes ends before its fields do`);
    this.at += bytes;
    return this.at - bytes;
  }
}
