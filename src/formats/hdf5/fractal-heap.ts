import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";

/** An object in a heap's own blocks; the other kinds are huge (in the file) and tiny (in the identifier). */
const MANAGED = 0;
const TINY = 2;
const MAX_BLOCK_BYTES = 2 ** 24;
/** Rows of a doubling table: each row doubles the size of its blocks, so 64 rows are more than 2^64 bytes. */
const MAX_ROWS = 64;

/**
 * A heap of small objects: the links and attributes of objects that have many of them [HDF5 File Format Specification,
 * III.G].
 */
export class FractalHeap {
  private constructor(
    private readonly file: Hdf5File,
    private readonly offsetBytes: number,
    private readonly lengthBytes: number,
    private readonly table: DoublingTable,
  ) {}

  static async open(file: Hdf5File, address: number): Promise<FractalHeap> {
    const fields = await file.fieldsUpTo(address, 26 + 12 * file.lengthBytes + 3 * file.offsetBytes);
    fields.signature("FRHP");
    fields.version("a fractal heap", 0);
    fields.u16();
    const filterBytes = fields.u16();
    fields.u8();
    const largestManaged = fields.u32();
    fields.length();
    fields.address();
    fields.length();
    fields.address();
    for (let k = 0; k < 8; k++) fields.length();
    const width = fields.u16();
    const [startBytes, largestDirect] = [fields.length(), fields.length()];
    const heapBits = fields.u16();
    fields.u16();
    const root = fields.address();
    const rootRows = fields.u16();
    if (filterBytes > 0) fields.fail("compressed heaps are not supported");
    const possible =
      width > 0 &&
      startBytes > 0 &&
      largestDirect >= startBytes &&
      largestDirect <= MAX_BLOCK_BYTES &&
      rootRows <= MAX_ROWS;
    if (!possible || heapBits > 64)
      fields.fail(`a heap of ${width} blocks per row, from ${startBytes} to ${largestDirect} bytes, is not possible`);
    const offsetBytes = Math.ceil(heapBits / 8);
    const lengthBytes = byteLengthOf(Math.min(largestDirect, largestManaged));
    return new FractalHeap(file, offsetBytes, lengthBytes, { width, startBytes, largestDirect, root, rootRows });
  }

  /** The object with the given identifier. */
  async object(identifier: Fields): Promise<Fields> {
    const flags = identifier.u8();
    const kind = (flags >> 4) & 3;
    if (kind === TINY) return identifier.part((flags & 0x0f) + 1);
    if (kind !== MANAGED) return identifier.fail("an object outside its heap's blocks is not supported");
    const [offset, length] = [identifier.sized(this.offsetBytes), identifier.sized(this.lengthBytes)];
    const { root, rootRows, startBytes } = this.table;
    if (root === undefined) return identifier.fail("an identifier points into a heap without blocks");
    if (rootRows === 0) return this.inBlock({ address: root, start: 0, bytes: startBytes }, offset, length);
    return this.inIndirect({ address: root, start: 0, rows: rootRows }, offset, length);
  }

  private async inBlock({ address, start, bytes }: DirectBlock, offset: number, length: number): Promise<Fields> {
    if (offset + length > start + bytes)
      return this.file.fail("an object leaves its heap's block", this.file.position(address));
    return this.file.fields(address + offset - start, length);
  }

  /**
   * Offsets count over the blocks of a table row by row: rows 0 and 1 have the smallest size, each later row twice the
   * one before.
   */
  private async inIndirect(block: IndirectBlock, offset: number, length: number): Promise<Fields> {
    const { file, table } = this;
    let { address, start, rows } = block;
    for (let depth = 0; depth < MAX_ROWS; depth++) {
      const row = rowOf(table, offset - start);
      if (row.number >= rows) return file.fail("an object lies beyond its heap's blocks", file.position(address));
      const header = 5 + file.offsetBytes + this.offsetBytes;
      const fields = await file.fields(
        address,
        header + (row.number * table.width + row.column + 1) * file.offsetBytes,
      );
      fields.signature("FHIB");
      fields.skip(header - 4 + (row.number * table.width + row.column) * file.offsetBytes);
      const child = fields.target("a heap's block");
      const childStart = start + row.start + row.column * row.bytes;
      if (row.bytes <= table.largestDirect)
        return this.inBlock({ address: child, start: childStart, bytes: row.bytes }, offset, length);
      rows = Math.log2(row.bytes) - Math.log2(table.startBytes * table.width) + 1;
      [address, start] = [child, childStart];
    }
    return file.fail("a heap's blocks are nested too deep", file.position(address));
  }
}

interface DoublingTable {
  /** Blocks per row. */
  readonly width: number;
  readonly startBytes: number;
  /** Blocks larger than this are themselves tables. */
  readonly largestDirect: number;
  readonly root: number | undefined;
  /** 0 if the root is a block, not a table. */
  readonly rootRows: number;
}

interface DirectBlock {
  readonly address: number;
  readonly start: number;
  readonly bytes: number;
}

interface IndirectBlock {
  readonly address: number;
  readonly start: number;
  readonly rows: number;
}

function rowOf({ width, startBytes }: DoublingTable, offset: number) {
  let start = 0;
  for (let number = 0; number < MAX_ROWS; number++) {
    const bytes = number < 2 ? startBytes : startBytes * 2 ** (number - 1);
    if (offset < start + bytes * width) return { number, start, bytes, column: Math.floor((offset - start) / bytes) };
    start += bytes * width;
  }
  return { number: MAX_ROWS, start, bytes: startBytes, column: 0 };
}

function byteLengthOf(limit: number): number {
  let bytes = 1;
  for (let most = 256; most <= limit; most *= 256) bytes++;
  return bytes;
}
