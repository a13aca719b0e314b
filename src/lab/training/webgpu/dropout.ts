import type { DropoutLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import { dropoutPattern } from "../dropout.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { forEach, perExample, real } from "./wgsl.js";

/**
 * Inverted dropout with the hash of `isKept` (lab/training/dropout.ts). The hash gives the same integers on every
 * machine.
 */
export function dropoutLayer({ rate }: DropoutLayer, { plan, shapes, label, batch, dropout }: LayerContext): GpuLayer {
  const size = perExample(sizeOf(shapes.output));
  const output = plan.take(`the output of ${label}`, size.of(batch));
  const { threshold, scale } = dropoutPattern({ seed: 0, step: 0, layer: 0, rate });
  const kept = (value: string): string => `var z = step.keys[${dropout >> 2}u][${dropout & 3}u] + i * 0x9e3779b9u;
  z = (z ^ (z >> 16u)) * 0x85ebca6bu;
  z = (z ^ (z >> 13u)) * 0xc2b2ae35u;
  z ^= z >> 16u;
  let kept = select(0.0, ${value} * ${real(scale)}, z >= ${threshold}u);`;
  return {
    tensors: [],

    forward(x, mode) {
      if (mode === "evaluation") return { kernels: [], result: x };
      const io = { reads: { x }, writes: { output } };
      return {
        kernels: [{ label: `${label}: forward`, ...io, ...forEach(size, `${kept("x[i]")}\n  output[i] = kept;`) }],
        result: output,
      };
    },

    backward({ gradient: dy }) {
      const io = { reads: {}, writes: { dy } };
      return {
        kernels: [{ label: `${label}: backward`, ...io, ...forEach(size, `${kept("dy[i]")}\n  dy[i] = kept;`) }],
        result: dy,
      };
    },
  };
}
