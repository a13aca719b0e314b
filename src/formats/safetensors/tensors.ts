import type { ByteSource } from "../byte-source.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import { bytesOf } from "../stored-bytes.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { STORED_BITS } from "./element-table.js";
import { FORMAT, type HeaderEntry } from "./header.js";

/** A header's entry as a tensor that streams from its file. */
export function tensorOf(entry: HeaderEntry, source: ByteSource, file: string): Tensor {
  const { name, dtype, shape, begin, end } = entry;
  const where = { format: FORMAT, file, tensor: name };
  const type = ELEMENT_TYPES.get(dtype);
  const byteLength = end - begin;
  return {
    name,
    shape,
    dtype,
    storedBits: STORED_BITS.get(dtype) ?? 0,
    floating: type?.floating ?? false,
    quantised: false,
    file,
    byteLength,
    // Regions without bytes may coincide and are not tied for that.
    storageKey: byteLength === 0 ? `${file}:${begin}:${name}` : `${file}:${begin}-${end}`,
    values(range) {
      if (type === undefined) return refuseValues(`its elements are ${dtype}, which this version does not decode`, where);
      return streamElements(
        {
          stored: bytesOf(source, where, begin, byteLength),
          offset: 0,
          count: byteLength / type.bytes,
          bytesPerElement: type.bytes,
          decode: (bytes) => decodeElements(bytes, type),
        },
        range,
      );
    },
  };
}
