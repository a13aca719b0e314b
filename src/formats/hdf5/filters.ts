import type { Fields } from "./fields.js";
import { fletcher32 } from "./fletcher32.js";
import { inflateExactly } from "./inflate.js";
import { lzfDecompress } from "./lzf.js";

/** One step of a chunk's storage: its registered number, and the bytes per element, if it depends on them. */
export interface Filter {
  readonly id: number;
  readonly elementBytes: number;
}

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const LZF = 32000;
/** The filters of HDF5 itself, and the plugins in use. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [4, "szip"],
  [5, "nbit"],
  [6, "scale-offset"],
  [307, "bzip2"],
  [32001, "blosc"],
  [32004, "lz4"],
  [32008, "bitshuffle"],
  [32013, "zfp"],
  [32015, "zstd"],
  [32026, "blosc2"],
]);
const READ: ReadonlySet<number> = new Set([DEFLATE, SHUFFLE, FLETCHER32, LZF]);
const MAX_FILTERS = 32;
/**
 * The largest expansion of a stream: DEFLATE gives 258 bytes for 2 bits, LZF 264 for 3 bytes. A chunk that declares
 * more is invalid, and no memory is allocated for it.
 */
const MAX_RATIO: ReadonlyMap<number, number> = new Map([
  [DEFLATE, 1032],
  [LZF, 88],
]);

/** Reads a filter pipeline message, in the order of writing [HDF5 File Format Specification, IV.A.2.l]. */
export function readFilters(fields: Fields): Filter[] {
  const version = fields.version("a filter pipeline", 1, 2);
  const count = fields.u8();
  if (count > MAX_FILTERS) fields.fail(`${count} filters are more than ${MAX_FILTERS}`);
  if (version === 1) fields.skip(6);
  return Array.from({ length: count }, () => {
    const id = fields.u16();
    // Registered filters need no name; version 2 then omits even its length.
    const nameBytes = version === 2 && id < 256 ? 0 : fields.u16();
    fields.u16();
    const values = fields.u16();
    fields.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    const parameters = Array.from({ length: values }, () => fields.u32());
    if (version === 1 && values % 2 === 1) fields.skip(4);
    return { id, elementBytes: id === SHUFFLE ? (parameters[0] ?? 1) : 1 };
  });
}

/** The name of an unsupported filter; undefined if all are supported. */
export function unknownFilter(filters: readonly Filter[]): string | undefined {
  const unknown = filters.find(({ id }) => !READ.has(id));
  return unknown === undefined ? undefined : `${NAMES.get(unknown.id) ?? "a filter"} (number ${unknown.id})`;
}

interface Chunk {
  readonly filters: readonly Filter[];
  /** One bit for each skipped filter. */
  readonly mask: number;
  /** Bytes of the chunk's elements. */
  readonly length: number;
}

/** Undoes a chunk's filters. Throws an `Error` with the reason if they do not give exactly the chunk's elements. */
export async function unfilter(stored: Uint8Array, { filters, mask, length }: Chunk): Promise<Uint8Array> {
  let bytes = stored;
  for (let k = filters.length - 1; k >= 0; k--) {
    if (mask & (1 << k)) continue;
    const { id, elementBytes } = filters[k];
    // Each checksum that is still to be undone adds four bytes.
    const checksums = filters
      .slice(0, k)
      .filter((other, at) => other.id === FLETCHER32 && (mask & (1 << at)) === 0).length;
    const unpacked = length + 4 * checksums;
    if (unpacked > bytes.length * (MAX_RATIO.get(id) ?? Number.POSITIVE_INFINITY)) {
      throw new Error(`a chunk of ${bytes.length} bytes cannot unpack to ${unpacked}`);
    }
    if (id === DEFLATE) bytes = await inflateExactly(bytes, unpacked);
    if (id === LZF) bytes = lzfDecompress(bytes, unpacked);
    if (id === SHUFFLE) bytes = unshuffle(bytes, elementBytes);
    if (id === FLETCHER32) bytes = checked(bytes);
  }
  if (bytes.length !== length) throw new Error(`a chunk gives ${bytes.length} bytes, expected ${length}`);
  return bytes;
}

/**
 * First the first bytes of all elements, then all second bytes, ...; bytes that do not fill an element are at the end,
 * unshuffled.
 */
function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  if (size <= 1 || count <= 1) return bytes;
  const whole = new Uint8Array(bytes);
  for (let byte = 0; byte < size; byte++) {
    const from = byte * count;
    for (let k = 0; k < count; k++) whole[k * size + byte] = bytes[from + k];
  }
  return whole;
}

function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new Error("a chunk's checksum is missing");
  const data = bytes.subarray(0, -4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + data.length, 4).getUint32(0, true);
  if (fletcher32(data) !== stored) throw new Error("a chunk's checksum is wrong: its data are damaged");
  return data;
}
