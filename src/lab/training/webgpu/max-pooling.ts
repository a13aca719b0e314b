import type { MaxPoolingLayer } from "../../networks/network.js";
import { paddingBefore, sizeOf } from "../../networks/shapes.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { forEach, perExample } from "./wgsl.js";

/**
 * Max pooling. It stores the position of each largest value. Each input sums the gradients of the windows that chose
 * it.
 */
export function maxPoolingLayer(
  { size, stride, padding = "same" }: MaxPoolingLayer,
  { plan, shapes: { input: image, output: result }, label, batch }: LayerContext,
): GpuLayer {
  const [top, left] = [image.height, image.width].map((side) => paddingBefore(side, { size, stride, padding }));
  const y = plan.take(`the output of ${label}`, batch * sizeOf(result));
  const places = plan.take(`places of ${label}`, batch * sizeOf(result), "u32");
  const { channels } = image;
  return {
    tensors: [],

    forward(x) {
      const kernel = {
        label: `${label}: forward`,
        reads: { x },
        writes: { y, places },
        ...forEach(
          perExample(sizeOf(result)),
          `let c = i % ${channels}u;
  let s = i / ${channels}u % ${result.width}u * ${stride}u;
  let r = i / ${channels * result.width}u % ${result.height}u * ${stride}u;
  let n = i / ${sizeOf(result)}u;
  var best = 0xffffffffu;
  for (var row = max(r, ${top}u) - ${top}u; row < min(${image.height}u, r + ${size}u - ${top}u); row++) {
    for (var column = max(s, ${left}u) - ${left}u; column < min(${image.width}u, s + ${size}u - ${left}u); column++) {
      let place = ((n * ${image.height}u + row) * ${image.width}u + column) * ${channels}u + c;
      if (best == 0xffffffffu || x[place] > x[best]) { best = place; }
    }
  }
  places[i] = best;
  y[i] = x[best];`,
        ),
      };
      return { kernels: [kernel], result: y };
    },

    backward({ gradient: dy, inputGradient: dx }) {
      if (dx === null) return { kernels: [], result: dy };
      const kernel = {
        label: `${label}: backward`,
        reads: { dy, places },
        writes: { dx },
        ...forEach(
          perExample(sizeOf(image)),
          // Windows r with r stride <= row + top < r stride + size.
          `let c = i % ${channels}u;
  let column = i / ${channels}u % ${image.width}u + ${left}u;
  let row = i / ${channels * image.width}u % ${image.height}u + ${top}u;
  let n = i / ${sizeOf(image)}u;
  var sum = 0.0;
  let firstR = (max(row + 1u, ${size}u) - ${size}u + ${stride - 1}u) / ${stride}u;
  let lastR = min(row / ${stride}u, ${result.height - 1}u);
  let firstS = (max(column + 1u, ${size}u) - ${size}u + ${stride - 1}u) / ${stride}u;
  let lastS = min(column / ${stride}u, ${result.width - 1}u);
  for (var r = firstR; r <= lastR; r++) {
    for (var s = firstS; s <= lastS; s++) {
      let window = ((n * ${result.height}u + r) * ${result.width}u + s) * ${channels}u + c;
      if (places[window] == i) { sum += dy[window]; }
    }
  }
  dx[i] = sum;`,
        ),
      };
      return { kernels: [kernel], result: dx };
    },
  };
}
