import type { ConvolutionLayer } from "../../networks/network.js";
import { paddingBefore } from "../../networks/shapes.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { weightLayer } from "./weight-layer.js";
import { perExample } from "./wgsl.js";

/**
 * A convolution as products with patches. A row is an output pixel; its entries are row, column and channel of the
 * patch. Patches are never stored.
 */
export function convolutionLayer(layer: ConvolutionLayer, context: LayerContext): GpuLayer {
  const { input: image, output: result } = context.shapes;
  const { kernel, padding = "same" } = layer;
  const [top, left] = [image.height, image.width].map((side) =>
    paddingBefore(side, { size: kernel, stride: 1, padding }),
  );
  const { channels } = image;
  const filters = result.channels;
  // In the checkpoint, a filter's weights are in the order channel, row, column.
  const taps = kernel * kernel;
  // Outside an image, the unsigned difference wraps around and is larger than any side.
  return weightLayer(context, layer, {
    rows: result.height * result.width,
    inputs: taps * channels,
    inputAt: `
fn inputAt(row: u32, place: u32) -> f32 {
  let tap = place / ${channels}u;
  let r = row / ${result.width}u % ${result.height}u + tap / ${kernel}u - ${top}u;
  let s = row % ${result.width}u + tap % ${kernel}u - ${left}u;
  if (r >= ${image.height}u || s >= ${image.width}u) { return 0.0; }
  let n = row / ${result.width * result.height}u;
  return x[((n * ${image.height}u + r) * ${image.width}u + s) * ${channels}u + place % ${channels}u];
}`,
    inputPlace: (place) => (place % taps) * channels + Math.floor(place / taps),
    back: {
      rows: perExample(image.height * image.width),
      columns: channels,
      depth: taps * filters,
      gradientAt: `
  let tap = k / ${filters}u;
  let r = row / ${image.width}u % ${image.height}u + ${top}u - tap / ${kernel}u;
  let s = row % ${image.width}u + ${left}u - tap % ${kernel}u;
  if (r >= ${result.height}u || s >= ${result.width}u) { return 0.0; }
  let n = row / ${image.width * image.height}u;
  return dy[((n * ${result.height}u + r) * ${result.width}u + s) * ${filters}u + k % ${filters}u];`,
      weightAt: `return w[(k / ${filters}u * ${channels}u + column) * ${filters}u + k % ${filters}u];`,
    },
  });
}
