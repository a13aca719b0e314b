/** Labelled images as a data set stores them: 8 bits per value, image by image in the order row, column, channel. */
export interface PixelImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
  /** The class of each image, from 0. */
  readonly labels: Uint8Array;
}

/** A data set as stored: training and test images. */
export interface DataSet {
  readonly train: PixelImages;
  readonly test: PixelImages;
}

/** Number of values per image. */
export function imageSize({ height, width, channels }: Pick<PixelImages, "height" | "width" | "channels">): number {
  return height * width * channels;
}

/** The first `count` images, as views. Throws `RangeError` if there are fewer. */
export function firstImages(images: PixelImages, count: number): PixelImages {
  if (count > images.count)
    throw new RangeError(`${count} images were requested, but the data set has ${images.count}`);
  return {
    ...images,
    count,
    pixels: images.pixels.subarray(0, count * imageSize(images)),
    labels: images.labels.subarray(0, count),
  };
}

/** Joins the images of several files. Throws `RangeError` if their shapes differ. */
export function joinImages(parts: readonly PixelImages[]): PixelImages {
  const [{ height, width, channels }] = parts;
  if (parts.some((part) => part.height !== height || part.width !== width || part.channels !== channels)) {
    throw new RangeError("images of different shapes cannot be joined");
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const pixels = new Uint8Array(count * height * width * channels);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at * imageSize(part));
    labels.set(part.labels, at);
    at += part.count;
  }
  return { count, height, width, channels, pixels, labels };
}
