import type { MaxPoolingLayer } from "../../networks/network.js";
import { paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { KernelLayer, LayerContext } from "./layer.js";

/** Max pooling. It stores the position of each largest value. */
export function maxPoolingLayer(
  { size, stride, padding = "same" }: MaxPoolingLayer,
  { kernels, plan, batch, shapes: { input: image, output: result } }: LayerContext,
): KernelLayer {
  const [top, left] = [image.height, image.width].map((side) => paddingBefore(side, { size, stride, padding }));
  const output = plan.take(batch * sizeOf(result));
  const places = plan.take(batch * sizeOf(result));
  const { height, width, channels } = image;
  return {
    tensors: [],

    forward({ input, count }) {
      kernels.maxPool(
        input,
        count,
        height,
        width,
        channels,
        size,
        stride,
        top,
        left,
        result.height,
        result.width,
        output,
        places,
      );
      return output;
    },

    backward({ count, gradient, inputGradient }) {
      if (inputGradient === null) return gradient;
      kernels.clear(inputGradient, count * sizeOf(image));
      kernels.scatterToPlaces(gradient, places, count * sizeOf(result), inputGradient);
      return inputGradient;
    },
  };
}
