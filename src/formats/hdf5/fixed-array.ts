import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";
import type { StoredChunk } from "./stored-chunk.js";

interface FixedArray {
  /** Number of chunks of the dataset: the array has as many entries. */
  readonly limit: number;
  readonly filtered: boolean;
  readonly chunkBytes: number;
  add(chunk: StoredChunk): void;
}

const CHECKSUM_BYTES = 4;

/**
 * Walks the array that lists the chunks of a dataset of fixed size [HDF5 File Format Specification, VII.C]. Entries are
 * in the grid's C order.
 */
export async function walkFixedArray(
  file: Hdf5File,
  address: number,
  { limit, filtered, chunkBytes, add }: FixedArray,
): Promise<void> {
  const head = await file.fields(address, 8 + file.lengthBytes + file.offsetBytes);
  head.signature("FAHD");
  head.version("a fixed array", 0);
  const client = head.u8();
  const entryBytes = head.u8();
  const pageBits = head.u8();
  const entries = head.length();
  const blockAddress = head.address();
  const sizeBytes = entryBytes - file.offsetBytes - 4;
  const fits =
    client === (filtered ? 1 : 0) && (filtered ? sizeBytes >= 1 && sizeBytes <= 8 : entryBytes === file.offsetBytes);
  if (!fits || entries !== limit || pageBits < 1 || pageBits > 32)
    head.fail(`a fixed array of ${entries} entries for ${limit} chunks is not possible`);
  if (blockAddress === undefined) return;

  const take = (fields: Fields, first: number, count: number): void => {
    for (let number = first; number < first + count; number++) {
      const chunk = fields.address();
      const bytes = filtered ? fields.sized(sizeBytes) : chunkBytes;
      const mask = filtered ? fields.u32() : 0;
      if (chunk !== undefined) add({ number, address: chunk, bytes, mask });
    }
  };
  const pageEntries = 2 ** pageBits;
  const prefixBytes = 6 + file.offsetBytes;
  if (entries <= pageEntries) {
    const block = await file.fields(blockAddress, prefixBytes + entries * entryBytes);
    block.signature("FADB");
    block.skip(prefixBytes - 4);
    take(block, 0, entries);
    return;
  }
  const pages = Math.ceil(entries / pageEntries);
  const bitmapBytes = Math.ceil(pages / 8);
  const block = await file.fields(blockAddress, prefixBytes + bitmapBytes);
  block.signature("FADB");
  block.skip(prefixBytes - 4);
  const bitmap = block.take(bitmapBytes);
  const firstPage = blockAddress + prefixBytes + bitmapBytes + CHECKSUM_BYTES;
  for (let page = 0; page < pages; page++) {
    if ((bitmap[page >> 3] & (0x80 >> (page & 7))) === 0) continue;
    const count = Math.min(pageEntries, entries - page * pageEntries);
    take(
      await file.fields(firstPage + page * (pageEntries * entryBytes + CHECKSUM_BYTES), count * entryBytes),
      page * pageEntries,
      count,
    );
  }
}
