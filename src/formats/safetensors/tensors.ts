import type { ByteSource } from "../../bytes/byte-source.js";
import { bytesOf } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor, ValueRange, Values } from "../tensor.js";
import { STORED_BITS } from "./element-table.js";
import { FORMAT, type HeaderEntry } from "./header.js";

/**
 * A header's entry as a tensor that streams from its file. Files of 200,000 tensors are opened, so a tensor costs only
 * some 400 bytes and its closure has as few variables as possible.
 */
export function tensorOf(entry: HeaderEntry, source: ByteSource, file: string): Tensor {
  const byteLength = entry.end - entry.begin;
  // Regions without bytes may have the same location; they are not tied for that reason. Joined, not concatenated: V8
  // would keep the pieces.
  const key = byteLength === 0 ? [file, entry.begin, entry.name] : [file, entry.begin];
  return {
    name: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    storedBits: STORED_BITS.get(entry.dtype) ?? 0,
    floating: ELEMENT_TYPES.get(entry.dtype)?.floating ?? false,
    quantised: false,
    file,
    byteLength,
    storageKey: key.join(":"),
    values: (range) => valuesOf(entry, source, { file, range }),
  };
}

function valuesOf(
  { name, dtype, begin, end }: HeaderEntry,
  source: ByteSource,
  { file, range }: { readonly file: string; readonly range?: ValueRange | undefined },
): AsyncIterable<Values> {
  const where = { format: FORMAT, file, tensor: name };
  const type = ELEMENT_TYPES.get(dtype);
  if (type === undefined) return refuseValues(`its elements are ${dtype}, which this version does not decode`, where);
  const run = {
    stored: bytesOf(source, where, begin, end - begin),
    offset: 0,
    count: (end - begin) / type.bytes,
    bytesPerElement: type.bytes,
    decode: (bytes: Uint8Array, owned?: boolean) => decodeElements(bytes, type, { owned }),
  };
  return streamElements(run, range);
}
