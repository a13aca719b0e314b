import type { BatchNormalisationLayer } from "../../networks/network.js";
import type { ReferenceLayer, ReferenceParameter } from "./layer.js";

export interface NormalisationParameters {
  readonly scale: ReferenceParameter;
  readonly shift: ReferenceParameter;
  readonly mean: ReferenceParameter;
  readonly variance: ReferenceParameter;
}

/**
 * Per channel over the m values of the batch (examples and pixels): z = (x - mean)/sqrt(variance + epsilon), y = scale
 * z + shift [IS15]. Training uses the batch's mean and biased variance, an evaluation the running ones. A training step
 * updates the running ones: r = momentum r + (1 - momentum) batch's. The variance is unbiased by m/(m -
 * 1), as in PyTorch (Keras: m/(m - 1 - epsilon)). dShift = sum dy, dScale = sum dy z, dx = scale/sqrt(variance +
 * epsilon) (dy - dShift/m - z dScale/m).
 */
export function batchNormalisation(
  { momentum = 0.99, epsilon = 0.001 }: BatchNormalisationLayer,
  { scale, shift, mean, variance }: NormalisationParameters,
): ReferenceLayer {
  const channels = scale.values.length;
  let z = new Float64Array();
  let deviations = new Float64Array();

  return {
    forward(x, { step }) {
      const training = step !== null;
      const moments = training ? momentsOf(x, channels) : { means: mean.values, variances: variance.values };
      deviations = moments.variances.map((value) => Math.sqrt(value + epsilon));
      z = x.map((value, index) => (value - moments.means[index % channels]) / deviations[index % channels]);
      if (training) {
        const m = x.length / channels;
        move(mean.values, moments.means, momentum);
        const unbiased = moments.variances.map((value) => (m > 1 ? (value * m) / (m - 1) : value));
        move(variance.values, unbiased, momentum);
      }
      return z.map((value, index) => scale.values[index % channels] * value + shift.values[index % channels]);
    },

    backward(dy) {
      const m = dy.length / channels;
      scale.gradients.fill(0);
      shift.gradients.fill(0);
      dy.forEach((g, index) => {
        scale.gradients[index % channels] += g * z[index];
        shift.gradients[index % channels] += g;
      });
      return dy.map((g, index) => {
        const c = index % channels;
        return (scale.values[c] / deviations[c]) * (g - shift.gradients[c] / m - (z[index] * scale.gradients[c]) / m);
      });
    },
  };
}

/** Mean and biased variance of each channel. */
function momentsOf(x: Float64Array, channels: number): { means: Float64Array; variances: Float64Array } {
  const m = x.length / channels;
  const means = new Float64Array(channels);
  const variances = new Float64Array(channels);
  x.forEach((value, index) => {
    means[index % channels] += value / m;
  });
  x.forEach((value, index) => {
    variances[index % channels] += (value - means[index % channels]) ** 2 / m;
  });
  return { means, variances };
}

function move(running: Float64Array, batch: Float64Array, momentum: number): void {
  running.forEach((value, c) => {
    running[c] = momentum * value + (1 - momentum) * batch[c];
  });
}
