import type { LayerShapes } from "../../networks/shapes.js";
import type { ReferenceLayer, ReferenceParameter } from "./layer.js";

/** y_u = b_u + sum_i W_ui x_i. dW_ui = sum over examples of dy_u x_i, db_u = sum dy_u, dx_i = sum_u dy_u W_ui. */
export function dense(
  { input, output }: LayerShapes,
  weight: ReferenceParameter,
  bias: ReferenceParameter,
): ReferenceLayer {
  const [inputs, units] = [input.channels, output.channels];
  const W = weight.values;
  let x: Float64Array = new Float64Array();
  return {
    forward(values, { count }) {
      x = values;
      const y = new Float64Array(count * units);
      for (let n = 0; n < count; n++) {
        for (let u = 0; u < units; u++) {
          let sum = bias.values[u];
          for (let i = 0; i < inputs; i++) sum += W[u * inputs + i] * x[n * inputs + i];
          y[n * units + u] = sum;
        }
      }
      return y;
    },

    backward(dy) {
      const dx = new Float64Array(x.length);
      weight.gradients.fill(0);
      bias.gradients.fill(0);
      for (let n = 0; n * units < dy.length; n++) {
        for (let u = 0; u < units; u++) {
          const g = dy[n * units + u];
          bias.gradients[u] += g;
          for (let i = 0; i < inputs; i++) {
            weight.gradients[u * inputs + i] += g * x[n * inputs + i];
            dx[n * inputs + i] += g * W[u * inputs + i];
          }
        }
      }
      return dx;
    },
  };
}
