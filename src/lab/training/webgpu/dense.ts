import type { DenseLayer } from "../../networks/network.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { weightLayer } from "./weight-layer.js";
import { perExample } from "./wgsl.js";

export function denseLayer(layer: DenseLayer, context: LayerContext): GpuLayer {
  const [inputs, units] = [context.shapes.input.channels, context.shapes.output.channels];
  return weightLayer(context, layer, {
    rows: 1,
    inputs,
    inputAt: `fn inputAt(row: u32, place: u32) -> f32 { return x[row * ${inputs}u + place]; }`,
    inputPlace: (place) => place,
    back: {
      rows: perExample(1),
      columns: inputs,
      depth: units,
      gradientAt: `return dy[row * ${units}u + k];`,
      weightAt: `return w[column * ${units}u + k];`,
    },
  });
}
