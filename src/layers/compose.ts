import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import type { AdapterConfig } from "./adapter-config.js";
import type { Composed } from "./composition.js";
import { composeAdapters } from "./low-rank.js";
import { composeParametrisations } from "./parametrisations.js";
import { composeWeightNorms } from "./weight-norm.js";

export interface ComposeOptions {
  readonly adapter?: AdapterConfig | undefined;
}

/**
 * Finds the weights that a file stores in parts: low-rank adapters, then weight-norm pairs, then other
 * parametrisations. Reads no data.
 */
export function* composeTensors(tensors: readonly Tensor[], { adapter }: ComposeOptions, pace: Pace): Steps<Composed> {
  const adapters = yield* composeAdapters(tensors, adapter, pace);
  const norms = yield* composeWeightNorms(tensors, pace);
  const composed = [...adapters.compositions, ...norms.compositions];
  const taken = new Set([
    ...composed.flatMap(({ members }) => [...members.keys()]),
    ...adapters.skipReasons.keys(),
    ...norms.notes.keys(),
  ]);
  const others = yield* composeParametrisations(tensors, { taken, pace });
  return {
    compositions: [...composed, ...others.compositions],
    skipReasons: new Map([...adapters.skipReasons, ...others.skipReasons]),
    notes: norms.notes,
  };
}
