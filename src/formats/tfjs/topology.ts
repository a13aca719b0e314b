import type { Pace, Steps } from "../pace.js";
import { sortInSteps } from "../sort-in-steps.js";
import type { Tensor, TensorHints, TensorOrder } from "../tensor.js";

/** What the topology of a model says of the weight called `name`; undefined where it says nothing. */
export type HintFor = (name: string) => TensorHints | undefined;

/** A model's topology: what its weights are, and where they come in it. */
export interface Topology {
  /** What `positionOf` follows; "file" where the topology names nothing. */
  readonly order: TensorOrder;
  readonly hintFor: HintFor;
  /** Place of what owns or takes the weight, from the model's input on; undefined where it is not told. */
  readonly positionOf: (name: string) => number | undefined;
}

/** Steps of taking a name apart and looking it up: one a character, and these. */
const NAME_STEPS = 16;

/**
 * The tensors in a topology's order; those whose place it does not tell come last, in their own order. A label that the
 * file gives (the layer's own name, where the tensor's is a path) is looked up first.
 */
export function* inOrderOf({ positionOf }: Pick<Topology, "positionOf">, tensors: readonly Tensor[], pace: Pace): Steps<Tensor[]> {
  const placed: { readonly tensor: Tensor; readonly position: number }[] = [];
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS + tensor.name.length)) yield;
    const byLabel = tensor.hints?.label === undefined ? undefined : positionOf(`${tensor.hints.label}/`);
    placed.push({ tensor, position: byLabel ?? positionOf(tensor.name) ?? Number.MAX_SAFE_INTEGER });
  }
  const ordered = yield* sortInSteps(placed, (a, b) => a.position - b.position, { pace });
  return ordered.map(({ tensor }) => tensor);
}
