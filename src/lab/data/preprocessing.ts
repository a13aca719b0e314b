import type { Examples } from "../training/engine.js";
import { type DataSet, imageSize, type PixelImages } from "./pixel-images.js";

/**
 * The preprocessing of pixels before training.
 *
 * - "unit": x / 255 (LeNet5).
 * - "channel-standardised": (x - mean) / sd, both per channel, over the training images that are used (the quick
 *   recipe).
 * - "centre-crop-standardised": the middle 28 x 28, x / 255, then (x - mean) / max(sd, 1/sqrt(n)) over the n values of
 *   each image. It is that of the MiniAlexNet of [MM19], whose code has TensorFlow's per_image_standardization.
 */
export type Preprocessing = "unit" | "channel-standardised" | "centre-crop-standardised";

export const PREPROCESSINGS: readonly Preprocessing[] = ["unit", "channel-standardised", "centre-crop-standardised"];

const CROP = 28;

export interface PreparedData {
  readonly train: Examples;
  readonly test: Examples;
}

/** Allocates the memory for the values of the examples. A host may return memory that its workers share. */
export type Allocate = (values: number) => Float32Array;

/** Makes examples from images. Throws `RangeError` if the images are smaller than the crop. */
export function preprocess(
  { train, test }: DataSet,
  how: Preprocessing,
  allocate: Allocate = (n) => new Float32Array(n),
): PreparedData {
  if (how === "unit") return { train: scaled(train, UNIT, allocate), test: scaled(test, UNIT, allocate) };
  if (how === "channel-standardised") {
    const scale = channelScale(train);
    return { train: scaled(train, scale, allocate), test: scaled(test, scale, allocate) };
  }
  return { train: croppedAndStandardised(train, allocate), test: croppedAndStandardised(test, allocate) };
}

/** Height and width after the preprocessing. */
export function preparedSide(side: number, how: Preprocessing): number {
  return how === "centre-crop-standardised" ? CROP : side;
}

/** x becomes (x - mean[channel]) * factor[channel]. A single entry applies to all channels. */
interface Scale {
  readonly mean: readonly number[];
  readonly factor: readonly number[];
}

const UNIT: Scale = { mean: [0], factor: [1 / 255] };

function channelScale({ count, channels, pixels, ...shape }: PixelImages): Scale {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < pixels.length; i++) {
    sums[i % channels] += pixels[i];
    squares[i % channels] += pixels[i] ** 2;
  }
  const values = count * shape.height * shape.width;
  const mean = Array.from(sums, (sum) => sum / values);
  // A channel without variation stays at 0.
  const factor = Array.from(squares, (square, c) => 1 / Math.sqrt(Math.max(square / values - mean[c] ** 2, 1)));
  return { mean, factor };
}

function scaled(
  { count, channels, pixels, labels }: PixelImages,
  { mean, factor }: Scale,
  allocate: Allocate,
): Examples {
  const images = allocate(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const channel = mean.length === 1 ? 0 : i % channels;
    images[i] = (pixels[i] - mean[channel]) * factor[channel];
  }
  return { count, images, labels: labels.slice() };
}

function croppedAndStandardised(
  { count, height, width, channels, pixels, labels }: PixelImages,
  allocate: Allocate,
): Examples {
  if (height < CROP || width < CROP)
    throw new RangeError(`images of ${height} x ${width} are smaller than the crop of ${CROP} x ${CROP}`);
  const [top, left] = [Math.floor((height - CROP) / 2), Math.floor((width - CROP) / 2)];
  const size = CROP * CROP * channels;
  const images = allocate(count * size);
  for (let image = 0; image < count; image++) {
    const source = image * imageSize({ height, width, channels });
    const target = images.subarray(image * size, (image + 1) * size);
    for (let row = 0; row < CROP; row++) {
      const from = source + ((top + row) * width + left) * channels;
      for (let i = 0; i < CROP * channels; i++) target[row * CROP * channels + i] = pixels[from + i] / 255;
    }
    standardiseInPlace(target);
  }
  return { count, images, labels: labels.slice() };
}

function standardiseInPlace(values: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
  const factor = 1 / Math.max(deviation, 1 / Math.sqrt(values.length));
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) * factor;
}
