import type { ByteSource } from "../../bytes/byte-source.js";
import { bytesInMemory } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { decodeElements, type ElementType } from "../element-types.js";
import { streamElements } from "../stream-elements.js";
import type { Tensor, ValueRange, Values } from "../tensor.js";
import { type ChunkGrid, readChunks } from "./chunk-index.js";
import { streamChunked } from "./chunked-values.js";
import type { DataLayout } from "./data-layout.js";
import type { Datatype } from "./datatype.js";
import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";
import type { readFilters } from "./filters.js";

/** A chunk is held in memory whole: stored, unpacked and decoded. Writers choose chunks of about a MiB. */
const MAX_CHUNK_BYTES = 64 * 2 ** 20;
/** A dataset that declares more than this is checked further: it must not expand from almost nothing. */
const MAX_UNCHECKED_BYTES = 2 ** 26;
const MAX_EXPANSION = 1000;

export interface DatasetContext {
  readonly file: Hdf5File;
  readonly source: ByteSource;
  /** Name of the file in the set. */
  readonly fileName: string;
}

type Extent = Pick<Tensor, "byteLength" | "storageKey"> & {
  stream(type: ElementType, range?: ValueRange): AsyncIterable<Values>;
};

interface DatasetParts {
  readonly shape: readonly number[];
  readonly type: Datatype;
  readonly count: number;
  readonly where: ErrorLocation;
  readonly key: string;
  readonly context: DatasetContext;
}

/** Consecutive elements: in the header, in one run of the file, or not stored yet (then all are zero). */
export function plainExtent(
  layout: Exclude<DataLayout, { kind: "chunked" }>,
  { shape, type, count, where, key, context }: DatasetParts,
): Extent {
  const { file, source } = context;
  const needed = count * type.size;
  const malformed = (reason: string): never => {
    throw new FormatError(reason, { ...where, kind: "malformed", remedy: "The file is damaged; get it again." });
  };
  const { bigEndian } = type;
  const decoder = (element: ElementType) => (bytes: Uint8Array, owned?: boolean) =>
    decodeElements(bytes, element, { bigEndian, owned });
  const run = { offset: 0, count, bytesPerElement: type.size };
  if (layout.kind === "contiguous" && layout.address !== undefined) {
    const begin = file.position(layout.address);
    const length = layout.length ?? needed;
    if (length !== needed) malformed(`its shape [${shape.join(", ")}] needs ${needed} bytes, but ${length} are stored`);
    if (begin + length > source.byteLength)
      malformed(`its ${length} bytes at ${begin} exceed the file of ${source.byteLength} bytes`);
    const stored = bytesOf(source, where, begin, length);
    return {
      byteLength: length,
      storageKey: key,
      stream: (element, range) => streamElements({ ...run, stored, decode: decoder(element) }, range),
    };
  }
  const bytes = layout.kind === "compact" ? layout.bytes : undefined;
  if (bytes !== undefined && bytes.length < needed)
    malformed(`its shape [${shape.join(", ")}] needs ${needed} bytes, but ${bytes.length} are stored`);
  if (needed > MAX_UNCHECKED_BYTES) malformed(`${needed} bytes are declared, but none are stored`);
  const stored =
    bytes === undefined
      ? {
          byteLength: needed,
          openCursor: () => ({
            read: async (_: number, length: number) => new Uint8Array(length),
            close: async () => {},
          }),
        }
      : bytesOf(bytesInMemory(bytes), where);
  return {
    byteLength: bytes?.length ?? 0,
    storageKey: key,
    stream: (element, range) => streamElements({ ...run, stored, decode: decoder(element) }, range),
  };
}

interface ChunkedLayout extends Extract<DataLayout, { kind: "chunked" }> {
  readonly filters: ReturnType<typeof readFilters>;
  readonly fill: Fields | undefined;
}

/** The values of a chunked data set, with its filters. Throws `FormatError` for chunks that do not fit. */
export async function chunkedExtent(
  { chunk, elementBytes, index, filters, fill }: ChunkedLayout,
  { shape, type, count, where, key, context }: DatasetParts,
): Promise<Extent> {
  const { file, source } = context;
  const chunkBytes = chunk.reduce((product, side) => product * side, type.size);
  const malformed = (reason: string): never => {
    throw new FormatError(reason, { ...where, kind: "malformed" });
  };
  if (
    chunk.length !== shape.length ||
    shape.length === 0 ||
    chunk.some((side) => side < 1) ||
    elementBytes !== type.size
  ) {
    malformed(
      `chunks of [${chunk.join(", ")}] elements of ${elementBytes} bytes do not fit its shape [${shape.join(", ")}]`,
    );
  }
  if (!(chunkBytes <= MAX_CHUNK_BYTES)) malformed(`chunks of ${chunkBytes} bytes are more than ${MAX_CHUNK_BYTES}`);
  const grid: ChunkGrid = { shape, chunk, chunkBytes, filtered: filters.length > 0 };
  const chunks = () => readChunks(file, index, grid);
  const declared = count * type.size;
  if (declared > MAX_UNCHECKED_BYTES) {
    let stored = 0;
    for (const { bytes } of (await chunks()).values()) stored += bytes;
    if (declared > stored * MAX_EXPANSION)
      malformed(`${declared} bytes are declared, but only ${stored} are stored: a decompression bomb`);
  }
  const fillBytes = fill === undefined ? undefined : readFillValue(fill);
  return {
    byteLength: declared,
    storageKey: key,
    stream: (element, range) => {
      const decode = (bytes: Uint8Array) => decodeElements(bytes, element, { bigEndian: type.bigEndian });
      const fillValue = fillBytes?.length === type.size ? decode(fillBytes)[0] : 0;
      const position = (address: number) => file.position(address);
      return streamChunked(
        { source, where, shape, chunk, elementBytes, filters, fill: fillValue, position, chunks, decode },
        range,
      );
    },
  };
}

/** The value of elements that were never written [HDF5 File Format Specification, IV.A.2.f]. */
function readFillValue(fields: Fields): Uint8Array | undefined {
  const version = fields.version("a fill value", 1, 2, 3);
  if (version === 3) {
    const flags = fields.u8();
    return flags & 0x20 ? fields.take(fields.u32()) : undefined;
  }
  fields.skip(2);
  const defined = fields.u8();
  return version === 1 || defined ? fields.take(fields.u32()) : undefined;
}
