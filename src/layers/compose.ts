import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import type { AdapterConfig } from "./adapter-config.js";
import type { Composed } from "./composition.js";
import { composeAdapters } from "./low-rank.js";
import { composeWeightNorms } from "./weight-norm.js";

export interface ComposeOptions {
  readonly adapter?: AdapterConfig;
}

/** Finds the weights that a file stores in parts: low-rank adapters, then weight-norm pairs. Reads no data. */
export function* composeTensors(tensors: readonly Tensor[], { adapter }: ComposeOptions, pace: Pace): Steps<Composed> {
  const adapters = yield* composeAdapters(tensors, adapter, pace);
  const norms = yield* composeWeightNorms(tensors, pace);
  return {
    compositions: [...adapters.compositions, ...norms.compositions],
    skipReasons: adapters.skipReasons,
    notes: norms.notes,
  };
}
