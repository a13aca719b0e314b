import type { PagedBytes } from "../../bytes/paged-bytes.js";

/** A field's index in its table's vtable: 2 bytes each, after the vtable's own size and the table's. */
const VTABLE_HEADER = 4;
const MIN_TABLE_BYTES = 4;

/** A vector's location: the offset of its first element. */
export interface Vector {
  readonly offset: number;
  readonly length: number;
}

/**
 * A table of a FlatBuffer [FlatBuffers, Internals]. Fields are read by their number in the schema; an absent one has
 * its default. Every offset is checked against the file before it is followed, and all but a vtable's lead forward, so
 * no walk can loop.
 */
export class Table {
  private constructor(
    private readonly file: PagedBytes,
    readonly offset: number,
    private readonly fields: DataView,
    private readonly data: DataView,
  ) {}

  static async at(file: PagedBytes, offset: number): Promise<Table> {
    const vtable = offset - (await file.view(offset, MIN_TABLE_BYTES)).getInt32(0, true);
    const header = await file.view(vtable, VTABLE_HEADER);
    const [vtableBytes, tableBytes] = [header.getUint16(0, true), header.getUint16(2, true)];
    if (vtableBytes < VTABLE_HEADER || vtableBytes % 2 !== 0 || tableBytes < MIN_TABLE_BYTES) {
      file.fail(`the vtable at ${vtable} is of ${vtableBytes} bytes for a table of ${tableBytes}`, offset);
    }
    return new Table(file, offset, await file.view(vtable, vtableBytes), await file.view(offset, tableBytes));
  }

  static async root(file: PagedBytes): Promise<Table> {
    return Table.at(file, (await file.view(0, 4)).getUint32(0, true));
  }

  has(field: number): boolean {
    return this.fieldOffset(field, 1) !== undefined;
  }

  uint8(field: number, otherwise = 0): number {
    const at = this.fieldOffset(field, 1);
    return at === undefined ? otherwise : this.data.getUint8(at);
  }

  int32(field: number, otherwise = 0): number {
    const at = this.fieldOffset(field, 4);
    return at === undefined ? otherwise : this.data.getInt32(at, true);
  }

  uint32(field: number, otherwise = 0): number {
    const at = this.fieldOffset(field, 4);
    return at === undefined ? otherwise : this.data.getUint32(at, true);
  }

  /** A 64-bit number; one beyond 2^53 is refused. */
  uint64(field: number): number {
    const at = this.fieldOffset(field, 8);
    const value = at === undefined ? 0n : this.data.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      this.file.fail(`field ${field} is ${value}, larger than any file`, this.offset);
    return Number(value);
  }

  async table(field: number): Promise<Table | undefined> {
    const target = this.target(field);
    return target === undefined ? undefined : Table.at(this.file, target);
  }

  /** A vector of elements of `bytes` each; an absent one is empty. */
  async vector(field: number, { bytes, limit, what }: { bytes: number; limit: number; what: string }): Promise<Vector> {
    const target = this.target(field);
    if (target === undefined) return { offset: 0, length: 0 };
    const length = (await this.file.view(target, 4)).getUint32(0, true);
    if (length > limit) this.file.fail(`${length} ${what} are declared, more than ${limit}`, target);
    if (target + 4 + length * bytes > this.file.byteLength)
      this.file.fail(`${length} ${what} are declared, but the file ends before`, target);
    return { offset: target + 4, length };
  }

  async integers(field: number, options: { limit: number; what: string }): Promise<number[]> {
    const { offset, length } = await this.vector(field, { bytes: 4, ...options });
    const view = await this.file.view(offset, length * 4);
    return Array.from({ length }, (_, k) => view.getInt32(4 * k, true));
  }

  async text(field: number, limit: number): Promise<string> {
    const { offset, length } = await this.vector(field, { bytes: 1, limit, what: "characters of a name" });
    return new TextDecoder().decode(await this.file.read(offset, length));
  }

  /** The tables to which a vector of offsets points, one after the other. */
  async *tables(field: number, options: { limit: number; what: string }): AsyncGenerator<Table> {
    const { offset, length } = await this.vector(field, { bytes: 4, ...options });
    for (let k = 0; k < length; k++) {
      const at = offset + 4 * k;
      yield Table.at(this.file, at + (await this.file.view(at, 4)).getUint32(0, true));
    }
  }

  /** The offset of a field of `bytes` bytes in the table's data; undefined if it is absent. */
  private fieldOffset(field: number, bytes: number): number | undefined {
    const entry = VTABLE_HEADER + 2 * field;
    const at = entry + 2 > this.fields.byteLength ? 0 : this.fields.getUint16(entry, true);
    if (at === 0) return undefined;
    if (at + bytes > this.data.byteLength) this.file.fail(`field ${field} is outside its table`, this.offset);
    return at;
  }

  private target(field: number): number | undefined {
    const at = this.fieldOffset(field, 4);
    return at === undefined ? undefined : this.offset + at + this.data.getUint32(at, true);
  }
}
