import { elementsOf } from "../networks/parameters.js";
import type { TrainedTensor } from "./engine.js";

/** The values of each wanted tensor. Throws `RangeError` if names or shapes differ between the two sides. */
export function matchState(
  state: readonly TrainedTensor[],
  wanted: readonly Pick<TrainedTensor, "name" | "shape">[],
): Map<string, Float32Array> {
  const found = new Map(state.map((tensor) => [tensor.name, tensor]));
  const names = new Set(wanted.map(({ name }) => name));
  const unknownTensor = state.find(({ name }) => !names.has(name));
  if (unknownTensor !== undefined)
    throw new RangeError(`trainer: the state has a tensor "${unknownTensor.name}" that the network does not have`);
  return new Map(
    wanted.map(({ name, shape }) => {
      const tensor = found.get(name);
      if (tensor === undefined) throw new RangeError(`trainer: the state lacks the tensor "${name}"`);
      if (tensor.shape.join() !== shape.join() || tensor.values.length !== elementsOf(shape))
        throw new RangeError(
          `trainer: the tensor "${name}" of the state is ${tensor.shape.join(" x ")}, that of the network ` +
            `${shape.join(" x ")}`,
        );
      return [name, tensor.values];
    }),
  );
}
