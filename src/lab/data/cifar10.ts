import { FormatError } from "../../bytes/errors.js";
import type { NamedBytes } from "./idx.js";
import type { PixelImages } from "./pixel-images.js";

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
/** One record of the binary version: the label, then the red, the green and the blue plane, each by rows. */
export const CIFAR10_RECORD_BYTES = 1 + CHANNELS * PLANE;
const CLASSES = 10;

/**
 * Reads one file of CIFAR-10's binary version (data_batch_1.bin ... test_batch.bin; A. Krizhevsky 2009). Its colour
 * planes are interleaved into the order row, column, channel. Throws `FormatError` if the file is not a whole number of
 * records, or a label is not a class.
 */
export function readCifar10({ name, bytes }: NamedBytes): PixelImages {
  const where = { kind: "malformed", format: "CIFAR-10 binary", file: name } as const;
  const count = bytes.length / CIFAR10_RECORD_BYTES;
  if (!Number.isInteger(count) || count === 0) {
    throw new FormatError(`${bytes.length} bytes are not a whole number of records of ${CIFAR10_RECORD_BYTES} bytes`, {
      ...where,
      remedy:
        "Use the unpacked binary version of the data set (cifar-10-binary.tar.gz). The Python version has " +
        "another layout.",
    });
  }
  const pixels = new Uint8Array(count * CHANNELS * PLANE);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const from = image * CIFAR10_RECORD_BYTES;
    if (bytes[from] >= CLASSES)
      throw new FormatError(`the label ${bytes[from]} is not one of the classes 0 to 9`, { ...where, offset: from });
    labels[image] = bytes[from];
    const to = image * CHANNELS * PLANE;
    for (let channel = 0; channel < CHANNELS; channel++) {
      const plane = from + 1 + channel * PLANE;
      for (let at = 0; at < PLANE; at++) pixels[to + at * CHANNELS + channel] = bytes[plane + at];
    }
  }
  return { count, height: SIDE, width: SIDE, channels: CHANNELS, pixels, labels };
}

/** Writes images as a file of the binary version, which `readCifar10` reads. */
export function cifar10Bytes({ count, pixels, labels }: Pick<PixelImages, "count" | "pixels" | "labels">): Uint8Array {
  const bytes = new Uint8Array(count * CIFAR10_RECORD_BYTES);
  for (let image = 0; image < count; image++) {
    const to = image * CIFAR10_RECORD_BYTES;
    bytes[to] = labels[image];
    for (let channel = 0; channel < CHANNELS; channel++) {
      const plane = to + 1 + channel * PLANE;
      for (let at = 0; at < PLANE; at++) bytes[plane + at] = pixels[(image * PLANE + at) * CHANNELS + channel];
    }
  }
  return bytes;
}
