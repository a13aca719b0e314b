import { bytesOf } from "../../bytes/stored-bytes.js";
import type { OpenedFile } from "../reader.js";
import { refuseValues } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { FORMAT } from "./header.js";
import { hintsFor } from "./hints.js";
import { streamBlocks } from "./stream-blocks.js";
import type { TensorInfo } from "./tensor-infos.js";

/** A header's entry as a tensor that streams from its file; `dataStart` is the offset of the file's data. */
export function tensorOf(info: TensorInfo, dataStart: number, { name: file, source }: OpenedFile): Tensor {
  const { name, shape, type, byteLength } = info;
  const where = { format: FORMAT, file, tensor: name };
  const begin = dataStart + info.offset;
  const count = (byteLength / type.blockBytes) * type.blockSize;
  return {
    name,
    shape,
    dtype: type.name,
    // For a quantised type the scales count too: 4.5 bits for Q4_K.
    storedBits: (8 * type.blockBytes) / type.blockSize,
    floating: type.floating,
    quantised: type.quantised,
    file,
    byteLength,
    storageKey: `${file}:${begin}-${begin + byteLength}`,
    hints: hintsFor(name, shape),
    values(range) {
      const { decode } = type;
      if (decode === undefined)
        return refuseValues(`its values are of type ${type.name}, which this version does not decode`, where);
      const stored = bytesOf(source, where, begin, byteLength);
      return streamBlocks({ stored, count, blockSize: type.blockSize, blockBytes: type.blockBytes, decode }, range);
    },
  };
}
