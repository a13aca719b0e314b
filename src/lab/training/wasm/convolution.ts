import type { ConvolutionLayer } from "../../networks/network.js";
import { paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { LayerContext, WasmLayer } from "./layer.js";
import { ROWS, weightMatrix } from "./weight-matrix.js";

/** Numbers of the patches that are laid out at once: those of `ROWS` output pixels. */
export const patchesOf = (inputs: number): number => ROWS * inputs;

/**
 * A convolution as products with patches, gathered anew for each pass: laid out for a whole batch they would take 25
 * times the room of the images.
 */
export function convolutionLayer(layer: ConvolutionLayer, context: LayerContext): WasmLayer {
  const { kernels, plan, scratch, batch, shapes } = context;
  const { input: image, output: result } = shapes;
  const { kernel, padding = "same" } = layer;
  const [top, left] = [image.height, image.width].map((side) => paddingBefore(side, { size: kernel, stride: 1, padding }));
  // A filter's weights stand channel, row, column in the checkpoint; a patch's values row, column, channel.
  const taps = kernel * kernel;
  const matrix = weightMatrix(context, layer, (place) => (place % taps) * image.channels + Math.floor(place / taps));
  const pixels = result.height * result.width;
  const output = plan.take(batch * sizeOf(result));
  const { patches } = scratch;
  const rectified = layer.activation === "relu";
  let input = 0;

  type Move = typeof kernels.gatherPatches;
  const move = (by: Move, images: number, first: number, count: number): void =>
    by(images, image.height, image.width, image.channels, kernel, top, left, result.height, result.width, first, count, patches);

  return {
    tensors: matrix.tensors,
    penalty: matrix.penalty,

    forward({ input: x, count }) {
      input = x;
      for (let first = 0; first < count * pixels; first += ROWS) {
        const rows = Math.min(ROWS, count * pixels - first);
        move(kernels.gatherPatches, x, first, rows);
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
        const share = { x: patches, y: gradient + 4 * first * matrix.units, rows: Math.min(ROWS, count * pixels - first) };
        move(kernels.gatherPatches, input, first, share.rows);
        matrix.addWeightGradient(share);
        if (inputGradient === null) continue;
        matrix.inputGradient(share);
        move(kernels.scatterPatches, inputGradient, first, share.rows);
      }
      matrix.descend(rate);
      matrix.descendBias({ x: patches, y: gradient, rows: count * pixels }, rate);
      return inputGradient ?? gradient;
    },
  };
}
