import type { ConvolutionLayer, MaxPoolingLayer, Network, NetworkLayer } from "./network.js";

/**
 * The output of a layer for one example: values in the order row, column, channel. A flat vector is one pixel with that
 * many channels.
 */
export interface LayerShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The input and output shapes of a layer. */
export interface LayerShapes {
  readonly input: LayerShape;
  readonly output: LayerShape;
}

/**
 * Most values of an activation per example. With more, one activation of a batch of 32 would not fit into WebAssembly's
 * memory; it is probably a mistake in the network.
 */
const MAX_ACTIVATION_VALUES = 2 ** 24;

export const sizeOf = ({ height, width, channels }: LayerShape): number => height * width * channels;

/**
 * The shapes of every layer of a network, in order. Throws `RangeError` if a layer cannot follow the one before it, or
 * if the last layer does not give a flat vector of at least two logits.
 */
export function shapesOf({ name, input, layers }: Network): LayerShapes[] {
  const shapes: LayerShapes[] = [];
  let shape: LayerShape = input;
  for (const [index, layer] of layers.entries()) {
    const subject = `network "${name}", layer ${index + 1} (${layer.type})`;
    const output = outputOf(layer, shape, subject);
    if (sizeOf(output) > MAX_ACTIVATION_VALUES)
      throw new RangeError(
        `${subject}: gives ${sizeOf(output)} values per example, more than ${MAX_ACTIVATION_VALUES}`,
      );
    shapes.push({ input: shape, output });
    shape = output;
  }
  if (!isFlat(shape) || shape.channels < 2)
    throw new RangeError(
      `network "${name}": the last layer must give one logit per class, at least two; it gives ${text(shape)}`,
    );
  return shapes;
}

/**
 * Rows (or columns) of padding before an image. Keras' "same" gives ceil(side / stride) outputs and adds an odd row
 * after the image.
 */
export function paddingBefore(
  side: number,
  { size, stride, padding }: { size: number; stride: number; padding: "same" | "valid" },
): number {
  if (padding === "valid") return 0;
  const outputs = Math.ceil(side / stride);
  return Math.floor(Math.max(0, (outputs - 1) * stride + size - side) / 2);
}

function outputOf(layer: NetworkLayer, input: LayerShape, subject: string): LayerShape {
  switch (layer.type) {
    case "dense":
      if (!isFlat(input))
        throw new RangeError(`${subject}: takes a flat vector, got ${text(input)}; put a flatten layer before it`);
      return { height: 1, width: 1, channels: layer.units };
    case "flatten":
      return { height: 1, width: 1, channels: sizeOf(input) };
    case "convolution":
      return { ...slide(layer, input, { size: layer.kernel, stride: 1, subject }), channels: layer.filters };
    case "max-pooling":
      return { ...slide(layer, input, { size: layer.size, stride: layer.stride, subject }), channels: input.channels };
    case "batch-normalisation":
    case "dropout":
      return input;
  }
}

/** How many windows fit an image along each side. */
function slide(
  { padding = "same" }: ConvolutionLayer | MaxPoolingLayer,
  { height, width }: LayerShape,
  { size, stride, subject }: { readonly size: number; readonly stride: number; readonly subject: string },
): { height: number; width: number } {
  if (padding === "valid" && (size > height || size > width))
    throw new RangeError(
      `${subject}: a window of ${size} x ${size} does not fit an image of ${height} x ${width} without padding`,
    );
  const along = (side: number): number =>
    padding === "same" ? Math.ceil(side / stride) : Math.floor((side - size) / stride) + 1;
  return { height: along(height), width: along(width) };
}

const isFlat = ({ height, width }: LayerShape): boolean => height === 1 && width === 1;
const text = ({ height, width, channels }: LayerShape): string => `${height} x ${width} x ${channels}`;
