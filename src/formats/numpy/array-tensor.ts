import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation, StoredBytes } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import { elementCount } from "../shape.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { streamFortranOrder } from "./fortran-order.js";
import { explainDescr, type NpyHeader } from "./npy-header.js";

export interface ArrayLocation {
  readonly name: string;
  readonly file: string;
  readonly storageKey: string;
  readonly stored: StoredBytes;
  readonly where: ErrorLocation;
}

/** An array as a tensor. Throws `FormatError` if the shape and the number of bytes disagree. */
export function arrayTensor(header: NpyHeader, { name, file, storageKey, stored, where }: ArrayLocation): Tensor {
  const { shape, descr, dtype, dataOffset, bigEndian } = header;
  const type = dtype === undefined ? undefined : ELEMENT_TYPES.get(dtype);
  const byteLength = stored.byteLength - dataOffset;
  const count = elementCount(shape) ?? 0;
  if (type !== undefined && count * type.bytes !== byteLength) {
    const found = count * type.bytes > byteLength ? "the file is truncated" : "it has extra bytes";
    throw new FormatError(
      `shape (${shape.join(", ")}) of ${descr} needs ${count * type.bytes} bytes, but there are ` +
        `${byteLength}: ${found}`,
      {
        ...where,
        kind: "malformed",
        offset: dataOffset,
        remedy: "Save or download the array again.",
      },
    );
  }
  return {
    name,
    shape,
    dtype: dtype ?? descr,
    storedBits: type === undefined ? 0 : type.bytes * 8,
    floating: type?.floating ?? false,
    quantised: false,
    file,
    byteLength,
    storageKey,
    values(range) {
      if (type === undefined)
        return refuseValues(`its elements are ${descr}: ${explainDescr(descr)}`, { ...where, tensor: name });
      const run = {
        stored,
        offset: dataOffset,
        count,
        bytesPerElement: type.bytes,
        decode: (bytes: Uint8Array, owned?: boolean) => decodeElements(bytes, type, { bigEndian, owned }),
      };
      // With at most one axis longer than 1 the two orders are the same.
      const turned = header.fortranOrder && shape.filter((side) => side > 1).length > 1;
      return turned
        ? streamFortranOrder(run, shape, { ...range, where: { ...where, tensor: name } })
        : streamElements(run, range);
    },
  };
}
