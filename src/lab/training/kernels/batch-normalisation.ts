import type { BatchNormalisationLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import type { KernelLayer, LayerContext, StoredTensor } from "./layer.js";

/**
 * Batch normalisation [IS15]; reference/batch-normalisation.ts has the formulas and says which variance is used where.
 */
export function batchNormalisationLayer(
  { momentum: keep = 0.99, epsilon = 0.001 }: BatchNormalisationLayer,
  { kernels, plan, scratch, batch, shapes, parameters, momentum }: LayerContext,
): KernelLayer {
  const { height, width, channels } = shapes.output;
  const tensors = parameters.map((parameter): StoredTensor => {
    const learns = parameter.role === "scale" || parameter.role === "shift";
    const stored = { parameter, values: plan.take(channels), count: channels, place: (index: number) => index };
    return learns ? { ...stored, velocities: plan.take(channels) } : stored;
  });
  const [scale, shift, runningMean, runningVariance] = tensors;
  const [mean, variance] = [plan.take(channels), plan.take(channels)];
  const [dScale, dShift] = [plan.take(channels), plan.take(channels)];
  const output = plan.take(batch * sizeOf(shapes.output));
  const { sums } = scratch;
  const normalise = (input: number, rows: number, means: number, variances: number): void =>
    kernels.normalise(input, rows, channels, means, variances, epsilon, scale.values, shift.values, output, sums);
  let input = 0;
  return {
    tensors,

    forward({ input: x, count, step }) {
      const rows = count * height * width;
      if (step === null) {
        normalise(x, rows, runningMean.values, runningVariance.values);
        return output;
      }
      input = x;
      kernels.channelMoments(x, rows, channels, mean, variance, sums);
      kernels.moveAverage(runningMean.values, mean, channels, keep, 1);
      kernels.moveAverage(runningVariance.values, variance, channels, keep, rows > 1 ? rows / (rows - 1) : 1);
      normalise(x, rows, mean, variance);
      return output;
    },

    backward({ count, rate, gradient }) {
      const rows = count * height * width;
      kernels.normalisationGradient(
        input,
        gradient,
        rows,
        channels,
        mean,
        variance,
        epsilon,
        scale.values,
        dScale,
        dShift,
        gradient,
        sums,
      );
      kernels.descend(scale.values, scale.velocities!, dScale, channels, rate, momentum, 0);
      kernels.descend(shift.values, shift.velocities!, dShift, channels, rate, momentum, 0);
      return gradient;
    },
  };
}
