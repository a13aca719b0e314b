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

/**
 * The tensors in a topology's order; those whose place it does not tell come last, in their own order. A label that the file gives (the layer's own
 * name, where the tensor's is a path) is looked up first.
 */
export function inOrderOf({ positionOf }: Pick<Topology, "positionOf">, tensors: readonly Tensor[]): Tensor[] {
  const placed = tensors.map((tensor) => {
    const byLabel = tensor.hints?.label === undefined ? undefined : positionOf(`${tensor.hints.label}/`);
    return { tensor, position: byLabel ?? positionOf(tensor.name) ?? Number.MAX_SAFE_INTEGER };
  });
  return placed.sort((a, b) => a.position - b.position).map(({ tensor }) => tensor);
}
