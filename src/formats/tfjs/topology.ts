import type { Pace, Steps } from "../../bytes/pace.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import type { Tensor, TensorHints, TensorOrder } from "../tensor.js";

/** Hints from the topology of a model for the weight called `name`; undefined if it has none. */
export type HintFor = (name: string) => TensorHints | undefined;

/** A model's topology: the hints for its weights, and their order. */
export interface Topology {
  /** The order of `positionOf`; "file" if the topology names nothing. */
  readonly order: TensorOrder;
  readonly hintFor: HintFor;
  /**
   * Position of the layer or operation that owns or takes the weight, from the model's input on; undefined if unknown.
   */
  readonly positionOf: (name: string) => number | undefined;
}

/** Steps to split a name and look it up: one per character, plus these. */
const NAME_STEPS = 16;

/**
 * The tensors in a topology's order; those of unknown position come last, in their own order. A label given by the file
 * (the layer's own name, if the tensor's name is a path) is looked up first.
 */
export function* inOrderOf(
  { positionOf }: Pick<Topology, "positionOf">,
  tensors: readonly Tensor[],
  pace: Pace,
): Steps<Tensor[]> {
  const placed: { readonly tensor: Tensor; readonly position: number }[] = [];
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS + tensor.name.length)) yield;
    const byLabel = tensor.hints?.label === undefined ? undefined : positionOf(`${tensor.hints.label}/`);
    placed.push({ tensor, position: byLabel ?? positionOf(tensor.name) ?? Number.MAX_SAFE_INTEGER });
  }
  const ordered = yield* sortInSteps(placed, (a, b) => a.position - b.position, { pace });
  return ordered.map(({ tensor }) => tensor);
}
