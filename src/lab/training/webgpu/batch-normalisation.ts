import type { BatchNormalisationLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import { descendKernel } from "./descend.js";
import { type Kernel, LANES } from "./kernel.js";
import type { GpuLayer, LayerContext, StoredTensor } from "./layer.js";
import { entryPoint, fixed, forEach, perExample, real, sumOverLanes } from "./wgsl.js";

/** Channels per workgroup. The lanes of a channel share its rows. */
const WIDTH = 8;

/**
 * Batch normalisation [IS15]; reference/batch-normalisation.ts has the formulas and says which variance is used where.
 */
export function batchNormalisationLayer(
  { momentum: keep = 0.99, epsilon = 0.001 }: BatchNormalisationLayer,
  { plan, shapes, parameters, label, batch, momentum }: LayerContext,
): GpuLayer {
  const { height, width, channels } = shapes.output;
  const size = perExample(sizeOf(shapes.output));
  const rows = perExample(height * width);
  // Pairs of vectors: scale and shift (and their gradients), mean and variance.
  const pair = (name: string) => plan.take(`${name} of ${label}`, 2 * channels);
  const learnt = pair("scale and shift");
  const velocities = pair("velocities");
  const running = pair("running statistics");
  const moments = pair("moments");
  const gradients = pair("gradients of scale and shift");
  const y = plan.take(`the output of ${label}`, size.of(batch));
  const deviation = `sqrt(statistics[${channels}u + c] + ${real(epsilon)})`;

  /**
   * A kernel over channels. `columns` has the WGSL of one lane: it sums over its own rows with `ownSum` and over all
   * rows with `sumOverLanes`.
   */
  const overChannels = (body: string): Pick<Kernel, "body" | "groups"> => ({
    groups: () => ({ tiles: Math.ceil(channels / WIDTH) }),
    body: `${sumOverLanes(WIDTH)}
${entryPoint(`
  let c = tile * ${WIDTH}u + lane % ${WIDTH}u;
  let own = c < ${channels}u;
  let end = select(0u, ${rows.text}, own);
  let first = lane / ${WIDTH}u;
  let count = f32(${rows.text});
  ${body}`)}`,
  });
  const sumRows = (value: string): string =>
    `for (var row = first; row < end; row += ${LANES / WIDTH}u) { let at = row * ${channels}u + c; sum += ${value}; }`;

  return {
    tensors: parameters.map((parameter): StoredTensor => {
      const second = parameter.role === "shift" || parameter.role === "running-variance";
      const place = (index: number): number => (second ? channels : 0) + index;
      return parameter.role.startsWith("running")
        ? { parameter, values: running, place }
        : { parameter, values: learnt, velocities, place };
    }),

    forward(x, mode) {
      const measure: Kernel = {
        label: `${label}: moments`,
        reads: { x },
        writes: { moments, running },
        ...overChannels(`var sum = 0.0;
  ${sumRows("x[at]")}
  let mean = sumOverLanes(lane, sum) / count;
  sum = 0.0;
  ${sumRows("(x[at] - mean) * (x[at] - mean)")}
  let variance = sumOverLanes(lane, sum) / count;
  if (own && first == 0u) {
    let unbiased = variance * count / max(count - 1.0, 1.0);
    moments[c] = mean;
    moments[${channels}u + c] = variance;
    running[c] = ${real(keep)} * running[c] + ${real(1 - keep)} * mean;
    running[${channels}u + c] = ${real(keep)} * running[${channels}u + c] + ${real(1 - keep)} * unbiased;
  }`),
      };
      const normalise: Kernel = {
        label: `${label}: forward`,
        reads: { x, learnt, statistics: mode === "step" ? moments : running },
        writes: { y },
        ...forEach(
          size,
          `let c = i % ${channels}u;
  y[i] = (x[i] - statistics[c]) * (learnt[c] / ${deviation}) + learnt[${channels}u + c];`,
        ),
      };
      return { kernels: mode === "step" ? [measure, normalise] : [normalise], result: y };
    },

    backward({ input: x, gradient: dy }) {
      const kernels: Kernel[] = [
        {
          label: `${label}: gradients`,
          reads: { x, dy, statistics: moments },
          writes: { gradients },
          ...overChannels(`var sum = 0.0;
  ${sumRows("dy[at]")}
  let shift = sumOverLanes(lane, sum);
  let mean = statistics[min(c, ${channels - 1}u)];
  sum = 0.0;
  ${sumRows("dy[at] * (x[at] - mean)")}
  let products = sumOverLanes(lane, sum);
  if (own && first == 0u) {
    gradients[c] = products / ${deviation};
    gradients[${channels}u + c] = shift;
  }`),
        },
        {
          label: `${label}: backward`,
          reads: { x, learnt, gradients, statistics: moments },
          writes: { dy },
          ...forEach(
            size,
            `let c = i % ${channels}u;
  let deviation = ${deviation};
  let z = (x[i] - statistics[c]) / deviation;
  dy[i] = learnt[c] / deviation * (dy[i] - (gradients[${channels}u + c] + z * gradients[c]) / f32(${rows.text}));`,
          ),
        },
        descendKernel({
          label: `${label}: update`,
          values: learnt,
          velocities,
          gradients,
          shares: fixed(1),
          momentum,
          decay: 0,
          decayed: 0,
        }),
      ];
      return { kernels, result: dy };
    },
  };
}
