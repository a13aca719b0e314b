import type { Network, NetworkLayer } from "./network.js";
import { type LayerShape, shapesOf } from "./shapes.js";

/** The role of a tensor in a network. Running statistics are updated, not learnt. */
export type ParameterRole = "weight" | "bias" | "scale" | "shift" | "running-mean" | "running-variance";

/**
 * A tensor of a network with PyTorch's name and layout: dense weights units x inputs, convolutions filters x channels x
 * kernel x kernel, vectors.
 */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: ParameterRole;
  /** Index of the layer that it belongs to. */
  readonly layer: number;
}

/** The tensors of a network, layer by layer. Throws as `shapesOf`. */
export function parametersOf(network: Network): Parameter[] {
  const shapes = shapesOf(network);
  return network.layers.flatMap((layer, index) =>
    tensorsOf(layer, shapes[index].input).map((tensor) => ({ ...tensor, layer: index })),
  );
}

/**
 * How many numbers a network holds, including the running statistics of batch normalisation, as Keras counts. Throws as
 * `shapesOf`.
 */
export function parameterCount(network: Network): number {
  return parametersOf(network).reduce((sum, { shape }) => sum + elementsOf(shape), 0);
}

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

function tensorsOf(layer: NetworkLayer, input: LayerShape): Omit<Parameter, "layer">[] {
  switch (layer.type) {
    case "dense":
      return [
        { name: `${layer.name}.weight`, shape: [layer.units, input.channels], role: "weight" },
        { name: `${layer.name}.bias`, shape: [layer.units], role: "bias" },
      ];
    case "convolution":
      return [
        {
          name: `${layer.name}.weight`,
          shape: [layer.filters, input.channels, layer.kernel, layer.kernel],
          role: "weight",
        },
        { name: `${layer.name}.bias`, shape: [layer.filters], role: "bias" },
      ];
    case "batch-normalisation":
      return [
        { name: `${layer.name}.weight`, shape: [input.channels], role: "scale" },
        { name: `${layer.name}.bias`, shape: [input.channels], role: "shift" },
        { name: `${layer.name}.running_mean`, shape: [input.channels], role: "running-mean" },
        { name: `${layer.name}.running_var`, shape: [input.channels], role: "running-variance" },
      ];
    default:
      return [];
  }
}
