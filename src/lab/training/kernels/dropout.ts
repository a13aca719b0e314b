import type { DropoutLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import { dropoutPattern } from "../dropout.js";
import type { KernelLayer, LayerContext } from "./layer.js";

/** Inverted dropout. The gradient uses the same pattern, computed again from the number of the step. */
export function dropoutLayer(
  { rate }: DropoutLayer,
  { kernels, plan, batch, shapes, index, seed }: LayerContext,
): KernelLayer {
  const size = sizeOf(shapes.output);
  const output = plan.take(batch * size);
  let lastStep = 0;
  const drop = (from: number, to: number, count: number): void => {
    const { key, threshold, scale } = dropoutPattern({ seed, step: lastStep, layer: index, rate });
    kernels.dropOut(from, count * size, key, threshold, scale, to);
  };
  return {
    tensors: [],

    forward({ input, count, step }) {
      if (step === null) return input;
      lastStep = step;
      drop(input, output, count);
      return output;
    },

    backward({ count, gradient }) {
      drop(gradient, gradient, count);
      return gradient;
    },
  };
}
