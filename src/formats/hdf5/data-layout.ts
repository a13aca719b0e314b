import type { Fields } from "./fields.js";

/** The location of a dataset's elements. Addresses are undefined if nothing was written yet. */
export type DataLayout =
  | { readonly kind: "compact"; readonly bytes: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number | undefined; readonly length: number | undefined }
  | {
      readonly kind: "chunked";
      readonly chunk: readonly number[];
      readonly elementBytes: number;
      readonly index: ChunkIndexLocation;
    }
  | { readonly kind: "virtual" };

/** The structure that lists the chunks. */
export type ChunkIndexLocation =
  | { readonly kind: "btree1" | "implicit" | "btree2"; readonly address: number | undefined }
  | {
      readonly kind: "single";
      readonly address: number | undefined;
      readonly stored?: { readonly bytes: number; readonly mask: number } | undefined;
    }
  | { readonly kind: "fixed-array"; readonly address: number | undefined }
  | { readonly kind: "extensible-array" };

const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;

/**
 * Reads a data layout message. Version 5 (chunks over 4 GiB, HDF5 2.0) is read like 4: only the lists of chunks differ,
 * and they declare the width of their sizes [HDF5 File Format Specification, IV.A.2.i].
 */
export function readDataLayout(fields: Fields): DataLayout {
  const version = fields.version("a data layout", 1, 2, 3, 4, 5);
  return version < 3 ? oldLayout(fields) : newLayout(fields, version);
}

/** Versions 1 and 2: one layout for all kinds. */
function oldLayout(fields: Fields): DataLayout {
  const rank = fields.u8();
  const kind = fields.u8();
  fields.skip(5);
  const address = kind === COMPACT ? undefined : fields.address();
  const sides = Array.from({ length: rank }, () => fields.u32());
  if (kind === COMPACT) return { kind: "compact", bytes: fields.take(fields.u32()) };
  if (kind === CONTIGUOUS) return { kind: "contiguous", address, length: undefined };
  if (kind !== CHUNKED) return fields.fail(`a data layout of kind ${kind} is unknown`);
  // Here the element's size follows the sides of a chunk; in later versions it is the last of them.
  return {
    kind: "chunked",
    chunk: sides.slice(0, -1),
    elementBytes: sides[rank - 1] ?? 0,
    index: { kind: "btree1", address },
  };
}

function newLayout(fields: Fields, version: number): DataLayout {
  const kind = fields.u8();
  if (kind === COMPACT) return { kind: "compact", bytes: fields.take(fields.u16()) };
  if (kind === CONTIGUOUS) return { kind: "contiguous", address: fields.address(), length: fields.length() };
  if (kind === 3) return { kind: "virtual" };
  if (kind !== CHUNKED) return fields.fail(`a data layout of kind ${kind} is unknown`);
  return version === 3 ? chunkedByBTree(fields) : chunkedByAny(fields);
}

function chunkedByBTree(fields: Fields): DataLayout {
  const rank = fields.u8();
  const address = fields.address();
  const sides = Array.from({ length: rank }, () => fields.u32());
  return {
    kind: "chunked",
    chunk: sides.slice(0, -1),
    elementBytes: sides[rank - 1] ?? 0,
    index: { kind: "btree1", address },
  };
}

/** Chunks at the edge of the dataset are stored without filters; no writer of weights uses this. */
const EDGES_UNFILTERED = 0x01;
const SINGLE_FILTERED = 0x02;

function chunkedByAny(fields: Fields): DataLayout {
  const flags = fields.u8();
  if (flags & EDGES_UNFILTERED) fields.fail("chunks at the edge are stored without filters, which is not supported");
  const rank = fields.u8();
  const width = fields.u8();
  if (width < 1 || width > 8) fields.fail(`sides of ${width} bytes are not possible`);
  const sides = Array.from({ length: rank }, () => fields.sized(width));
  return {
    kind: "chunked",
    chunk: sides.slice(0, -1),
    elementBytes: sides[rank - 1] ?? 0,
    index: readIndexLocation(fields, flags),
  };
}

function readIndexLocation(fields: Fields, flags: number): ChunkIndexLocation {
  const kind = fields.u8();
  if (kind === 1) {
    const stored = flags & SINGLE_FILTERED ? { bytes: fields.length(), mask: fields.u32() } : undefined;
    return { kind: "single", address: fields.address(), stored };
  }
  if (kind === 2) return { kind: "implicit", address: fields.address() };
  if (kind === 3) {
    fields.skip(1);
    return { kind: "fixed-array", address: fields.address() };
  }
  if (kind === 4) return { kind: "extensible-array" };
  if (kind !== 5) return fields.fail(`a chunk index of kind ${kind} is unknown`);
  fields.skip(6);
  return { kind: "btree2", address: fields.address() };
}
