import { FormatError } from "../../bytes/errors.js";
import type { PixelImages } from "./pixel-images.js";

const FORMAT = "idx";
/** The third byte of the magic number is the element type: unsigned bytes in MNIST and similar data sets. */
const UNSIGNED_BYTE = 0x08;

/** An idx array of unsigned bytes. */
interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/**
 * Reads the idx pair of MNIST, Fashion-MNIST and similar data sets (Y. LeCun's format: 0, 0, type, axes, then the sides
 * as big-endian u32, then the values). One channel. Throws `FormatError` if a file is not idx, if its length does not
 * match its header, or if the two files do not match.
 */
export function readIdxPair(images: NamedBytes, labels: NamedBytes): PixelImages {
  const { shape, values: pixels } = readIdx(images, 3);
  const { values: classes } = readIdx(labels, 1);
  const [count, height, width] = shape;
  if (classes.length !== count) {
    throw new FormatError(`${classes.length} labels for ${count} images`, {
      kind: "malformed",
      format: FORMAT,
      file: labels.name,
      remedy: `Use two files of the same data set: these labels should belong to ${images.name}.`,
    });
  }
  return { count, height, width, channels: 1, pixels, labels: classes };
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function readIdx({ name, bytes }: NamedBytes, axes: number): IdxArray {
  const where = { kind: "malformed", format: FORMAT, file: name } as const;
  const headerBytes = 4 + 4 * axes;
  const remedy = "Get the file again, unpacked or as .gz, under its original name.";
  if (bytes.length < headerBytes || bytes[0] !== 0 || bytes[1] !== 0) {
    throw new FormatError("the file does not begin like an idx file", { ...where, offset: 0, remedy });
  }
  if (bytes[2] !== UNSIGNED_BYTE || bytes[3] !== axes) {
    throw new FormatError(
      `found an array of type ${bytes[2]} with ${bytes[3]} axes, expected unsigned bytes (8) with ${axes} axes`,
      {
        ...where,
        offset: 2,
        remedy,
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, side) => product * side, 1);
  if (bytes.length !== headerBytes + size) {
    const promised = `the header announces ${shape.join(" x ")} values after ${headerBytes} bytes`;
    throw new FormatError(`${promised}, but the file has ${bytes.length} bytes`, { ...where, offset: 4, remedy });
  }
  return { shape, values: bytes.subarray(headerBytes) };
}
