import type { PagedBytes } from "../../bytes/paged-bytes.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { Fields, type Widths } from "./fields.js";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/**
 * A user block may precede the superblock, which then begins at 512, 1024, 2048, ... No writer of weights leaves one of
 * more than a MiB.
 */
const MAX_SUPERBLOCK_OFFSET = 2 ** 20;
const MAX_SUPERBLOCK_BYTES = 96;

/** An HDF5 file: the widths of its numbers, and the root of its tree of groups [HDF5 File Format Specification 3.0]. */
export class Hdf5File implements Widths {
  private constructor(
    private readonly pages: PagedBytes,
    readonly offsetBytes: number,
    readonly lengthBytes: number,
    /** The offset to which every address is relative. */
    private readonly base: number,
    /** Address of the root group's object header. */
    readonly root: number,
  ) {}

  static async open(pages: PagedBytes): Promise<Hdf5File> {
    const at = await findSuperblock(pages);
    const bytes = await pages.read(at, Math.min(MAX_SUPERBLOCK_BYTES, pages.byteLength - at));
    const narrow: Widths = { offsetBytes: 8, lengthBytes: 8, fail: (reason, offset) => pages.fail(reason, offset) };
    const head = new Fields(bytes, at, narrow);
    head.skip(SIGNATURE.length);
    const version = head.version("the superblock", 0, 1, 2, 3);
    if (version < 2) head.skip(4);
    const [offsetBytes, lengthBytes] = [head.u8(), head.u8()];
    for (const width of [offsetBytes, lengthBytes]) {
      if (![2, 4, 8].includes(width)) head.fail(`addresses of ${width} bytes are not possible`);
    }
    const fields = new Fields(bytes, at, { ...narrow, offsetBytes, lengthBytes });
    fields.skip(head.at);
    // Older versions: B-tree ranks and flags, then base, free space, end, driver, and the root's entry: its name, then
    // its header. Newer: flags, then base, extension, end, and the root's header.
    fields.skip(version === 0 ? 9 : version === 1 ? 13 : 1);
    const base = fields.target("the superblock");
    fields.address();
    fields.address();
    if (version < 2) {
      fields.address();
      fields.length();
    }
    return new Hdf5File(pages, offsetBytes, lengthBytes, base, fields.target("the root group"));
  }

  /** The fields that an error about this file names. */
  get where(): ErrorLocation {
    return this.pages.where;
  }

  get byteLength(): number {
    return this.pages.byteLength;
  }

  /** A structure at an address. Throws if it leaves the file. */
  async fields(address: number, length: number): Promise<Fields> {
    return new Fields(await this.pages.read(this.base + address, length), this.base + address, this);
  }

  /** A structure whose length is unknown before reading: at most `length` bytes, fewer at the end of the file. */
  async fieldsUpTo(address: number, length: number): Promise<Fields> {
    return this.fields(address, Math.max(0, Math.min(length, this.byteLength - this.base - address)));
  }

  /** The file offset of an address. */
  position(address: number): number {
    return this.base + address;
  }

  fail(reason: string, offset?: number): never {
    return this.pages.fail(reason, offset);
  }
}

async function findSuperblock(pages: PagedBytes): Promise<number> {
  for (
    let at = 0;
    at + SIGNATURE.length <= pages.byteLength && at <= MAX_SUPERBLOCK_OFFSET;
    at = at === 0 ? 512 : at * 2
  ) {
    const found = await pages.read(at, SIGNATURE.length);
    if (SIGNATURE.every((byte, k) => found[k] === byte)) return at;
  }
  return pages.fail("the signature of an HDF5 file is missing", 0);
}

export function isHdf5Signature(head: Uint8Array): boolean {
  return SIGNATURE.every((byte, k) => head[k] === byte);
}
