import type { DenseLayer } from "../../networks/network.js";
import type { KernelLayer, LayerContext } from "./layer.js";
import { ROWS, weightMatrix } from "./weight-matrix.js";

/**
 * A dense layer. For up to 256 examples its gradient is never stored: the update takes each tile of it from registers.
 */
export function denseLayer(layer: DenseLayer, context: LayerContext): KernelLayer {
  const { kernels, plan, scratch, batch } = context;
  const matrix = weightMatrix(context, layer, (place) => place);
  const { inputs, units } = matrix;
  const output = plan.take(batch * units);
  const rectified = layer.activation === "relu";
  let input = 0;
  return {
    tensors: matrix.tensors,
    penalty: matrix.penalty,

    forward({ input: x, count }) {
      input = x;
      matrix.forward({ x, y: output, rows: count });
      if (rectified) kernels.rectifyInPlace(output, count * units);
      return output;
    },

    backward({ count, rate, gradient, inputGradient }) {
      if (rectified) kernels.rectifyGradientInPlace(output, gradient, count * units);
      // Before the update, because the input's gradient needs the weights of the forward pass.
      if (inputGradient !== null) matrix.inputGradient({ x: inputGradient, y: gradient, rows: count });
      if (count <= ROWS) {
        matrix.descendAlong({ x: input, y: gradient, rows: count }, rate);
      } else {
        kernels.clear(scratch.gradient, matrix.tensors[0].count);
        for (let row = 0; row < count; row += ROWS) {
          const rows = Math.min(ROWS, count - row);
          matrix.addWeightGradient({ x: input + 4 * row * inputs, y: gradient + 4 * row * units, rows });
        }
        matrix.descend(rate);
      }
      matrix.descendBias({ x: input, y: gradient, rows: count }, rate);
      return inputGradient ?? gradient;
    },
  };
}
