import type { Tensor } from "../formats/tensor.js";

/** A weight that the file keeps in several tensors, as one tensor that is put together when it is read. */
export interface Composition {
  /** Values computed from the members'; named like the weight that they make up. */
  readonly tensor: Tensor;
  /** The file's tensor that the layer is called after, and the name that a layer that was left out is listed under. */
  readonly tensorName: string;
  readonly listedAs: string;
  readonly notes: readonly string[];
  /** Of a low-rank product, which the layer's type says too. */
  readonly rank?: number;
  /**
   * Every tensor of the file that it takes, and why that is no layer of its own; null for the one whose place in the
   * file's order is the layer's.
   */
  readonly members: ReadonlyMap<Tensor, string | null>;
}

/** Tensors that say nothing alone (a factor whose partner is missing), by why. */
export interface Composed {
  readonly compositions: readonly Composition[];
  readonly leftOut: ReadonlyMap<Tensor, string>;
  /** Remarks on tensors that are read as they stand. */
  readonly notes: ReadonlyMap<Tensor, readonly string[]>;
}
