import type { ConvolutionLayer } from "../../networks/network.js";
import { type LayerShapes, paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { ReferenceLayer, ReferenceParameter } from "./layer.js";

interface Tap {
  /** Indices of an output value, and of an input value and a weight whose product it contains. */
  readonly y: number;
  readonly x: number;
  readonly w: number;
}

/**
 * y(n, r, s, f) = b_f + sum over c, i, j of W(f, c, i, j) x(n, r + i - p, s + j - p, c). p is the padding before the
 * image; x is zero outside it. Each product of a weight and a value is a tap: dW(w) = sum over taps of dy x, dx = sum
 * of dy W.
 */
export function convolution(
  { kernel, padding = "same" }: ConvolutionLayer,
  { input, output }: LayerShapes,
  { weight, bias }: { readonly weight: ReferenceParameter; readonly bias: ReferenceParameter },
): ReferenceLayer {
  const filters = output.channels;
  const before = (side: number): number => paddingBefore(side, { size: kernel, stride: 1, padding });
  const [top, left] = [before(input.height), before(input.width)];
  let x: Float64Array = new Float64Array();

  function forEachTap(count: number, visit: (tap: Tap) => void): void {
    for (let n = 0; n < count; n++) {
      for (let r = 0; r < output.height; r++) {
        for (let s = 0; s < output.width; s++) {
          for (let i = Math.max(0, top - r); i < kernel && r + i - top < input.height; i++) {
            for (let j = Math.max(0, left - s); j < kernel && s + j - left < input.width; j++) {
              for (let c = 0; c < input.channels; c++) {
                const from = ((n * input.height + r + i - top) * input.width + s + j - left) * input.channels + c;
                for (let f = 0; f < filters; f++) {
                  const to = ((n * output.height + r) * output.width + s) * filters + f;
                  visit({ y: to, x: from, w: ((f * input.channels + c) * kernel + i) * kernel + j });
                }
              }
            }
          }
        }
      }
    }
  }

  return {
    forward(values, { count }) {
      x = values;
      const y = Float64Array.from({ length: count * sizeOf(output) }, (_, index) => bias.values[index % filters]);
      forEachTap(count, (tap) => {
        y[tap.y] += weight.values[tap.w] * x[tap.x];
      });
      return y;
    },

    backward(dy) {
      const dx = new Float64Array(x.length);
      weight.gradients.fill(0);
      bias.gradients.fill(0);
      dy.forEach((g, index) => {
        bias.gradients[index % filters] += g;
      });
      forEachTap(dy.length / sizeOf(output), (tap) => {
        weight.gradients[tap.w] += dy[tap.y] * x[tap.x];
        dx[tap.x] += dy[tap.y] * weight.values[tap.w];
      });
      return dx;
    },
  };
}
