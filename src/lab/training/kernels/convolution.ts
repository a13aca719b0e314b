import type { ConvolutionLayer } from "../../networks/network.js";
import { paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { KernelLayer, LayerContext } from "./layer.js";
import { ROWS, weightMatrix } from "./weight-matrix.js";

/** How many numbers the patches of `ROWS` output pixels have. So many are stored at once. */
export const patchesOf = (inputs: number): number => ROWS * inputs;

/**
 * A convolution as products with patches. They are gathered again in each pass: for a whole batch they would take 25
 * times the memory of the images.
 */
export function convolutionLayer(layer: ConvolutionLayer, context: LayerContext): KernelLayer {
  const { kernels, plan, scratch, batch, shapes } = context;
  const { input: image, output: result } = shapes;
  const { kernel, padding = "same" } = layer;
  const [top, left] = [image.height, image.width].map((side) =>
    paddingBefore(side, { size: kernel, stride: 1, padding }),
  );
  // In the checkpoint, a filter's weights are in the order channel, row, column; a patch has row, column, channel.
  const taps = kernel * kernel;
  const matrix = weightMatrix(context, layer, (place) => (place % taps) * image.channels + Math.floor(place / taps));
  const pixels = result.height * result.width;
  const output = plan.take(batch * sizeOf(result));
  const { patches } = scratch;
  const rectified = layer.activation === "relu";
  let input = 0;

  const move = (by: "gatherPatches" | "scatterPatches", images: number, first: number, count: number): void =>
    kernels[by](
      images,
      image.height,
      image.width,
      image.channels,
      kernel,
      top,
      left,
      result.height,
      result.width,
      first,
      count,
      patches,
    );

  return {
    tensors: matrix.tensors,
    penalty: matrix.penalty,

    forward({ input: x, count }) {
      input = x;
      for (let first = 0; first < count * pixels; first += ROWS) {
        const rows = Math.min(ROWS, count * pixels - first);
        move("gatherPatches", x, first, rows);
        matrix.forward({ x: patches, y: output + 4 * first * matrix.units, rows });
      }
      if (rectified) kernels.rectifyInPlace(output, count * sizeOf(result));
      return output;
    },

    backward({ count, rate, gradient, inputGradient }) {
      if (rectified) kernels.rectifyGradientInPlace(output, gradient, count * sizeOf(result));
      if (inputGradient !== null) kernels.clear(inputGradient, count * sizeOf(image));
      kernels.clear(scratch.gradient, matrix.tensors[0].count);
      for (let first = 0; first < count * pixels; first += ROWS) {
        const share = {
          x: patches,
          y: gradient + 4 * first * matrix.units,
          rows: Math.min(ROWS, count * pixels - first),
        };
        move("gatherPatches", input, first, share.rows);
        matrix.addWeightGradient(share);
        if (inputGradient === null) continue;
        matrix.inputGradient(share);
        move("scatterPatches", inputGradient, first, share.rows);
      }
      matrix.descend(rate);
      matrix.descendBias({ x: patches, y: gradient, rows: count * pixels }, rate);
      return inputGradient ?? gradient;
    },
  };
}
