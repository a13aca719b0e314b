import type { MaxPoolingLayer } from "../../networks/network.js";
import { type LayerShapes, paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { ReferenceLayer } from "./layer.js";

/**
 * y = the largest x in each window, per channel; padding is ignored. The gradient goes to the position of the largest
 * value, the first one among equals.
 */
export function maxPooling(
  { size, stride, padding = "same" }: MaxPoolingLayer,
  { input, output }: LayerShapes,
): ReferenceLayer {
  const before = (side: number): number => paddingBefore(side, { size, stride, padding });
  const [top, left] = [before(input.height), before(input.width)];
  let places: number[] = [];
  let inputLength = 0;

  function placeOfLargest(x: Float64Array, index: number): number {
    const c = index % output.channels;
    const s = Math.floor(index / output.channels) % output.width;
    const r = Math.floor(index / output.channels / output.width) % output.height;
    const n = Math.floor(index / sizeOf(output));
    let best = -1;
    for (let i = Math.max(0, r * stride - top); i < Math.min(input.height, r * stride - top + size); i++) {
      for (let j = Math.max(0, s * stride - left); j < Math.min(input.width, s * stride - left + size); j++) {
        const place = ((n * input.height + i) * input.width + j) * input.channels + c;
        if (best < 0 || x[place] > x[best]) best = place;
      }
    }
    return best;
  }

  return {
    forward(x, { count }) {
      places = Array.from({ length: count * sizeOf(output) }, (_, index) => placeOfLargest(x, index));
      inputLength = x.length;
      return Float64Array.from(places, (place) => x[place]);
    },

    backward(dy) {
      const dx = new Float64Array(inputLength);
      dy.forEach((g, index) => {
        dx[places[index]] += g;
      });
      return dx;
    },
  };
}
