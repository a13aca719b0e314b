import { elementsOf } from "../networks/parameters.js";
import type { TrainedTensor } from "./engine.js";

/** The values of each wanted tensor. Throws `RangeError` unless names and shapes are the same on both sides. */
export function matchState(
  state: readonly TrainedTensor[],
  wanted: readonly Pick<TrainedTensor, "name" | "shape">[],
): Map<string, Float32Array> {
  const found = new Map(state.map((tensor) => [tensor.name, tensor]));
  const names = new Set(wanted.map(({ name }) => name));
  const stranger = state.find(({ name }) => !names.has(name));
  if (stranger !== undefined) throw new RangeError(`trainer: the state has a tensor "${stranger.name}" that the network has not`);
  return new Map(
    wanted.map(({ name, shape }) => {
      const tensor = found.get(name);
      if (tensor === undefined) throw new RangeError(`trainer: the state lacks the tensor "${name}"`);
      if (tensor.shape.join() !== shape.join() || tensor.values.length !== elementsOf(shape))
        throw new RangeError(
          `trainer: the tensor "${name}" of the state is ${tensor.shape.join(" x ")}, that of the network ${shape.join(" x ")}`,
        );
      return [name, tensor.values];
    }),
  );
}
