import type { Tensor } from "../formats/tensor.js";

/** The lengths of the outputs (or, in LyCORIS, of the inputs) of W + dW that a DoRA adapter stores [LWY24]. */
export interface StoredMagnitudes {
  readonly tensor: Tensor;
  /** The product is in x out: its outputs are its columns. */
  readonly transposed: boolean;
}

/** A weight that the file stores in several tensors, presented as one tensor that is composed when it is read. */
export interface Composition {
  /** Values computed from the members; named like the weight that they form. */
  readonly tensor: Tensor;
  /** The tensor of the file after which the layer is named. A skipped layer is listed under this name. */
  readonly tensorName: string;
  readonly listedAs: string;
  readonly notes: readonly string[];
  /** Set for a low-rank product. The layer's type says so too. */
  readonly rank?: number;
  /** The magnitudes of a DoRA adapter, which scale the rows or columns of W + dW. */
  readonly magnitude?: StoredMagnitudes;
  /**
   * Every tensor of the file that it uses, and why that tensor is no layer of its own. Null for the one at whose
   * position the layer is listed.
   */
  readonly members: ReadonlyMap<Tensor, string | null>;
}

/** Composed weights, and tensors that mean nothing alone (a factor without its partner) with the reason. */
export interface Composed {
  readonly compositions: readonly Composition[];
  readonly skipReasons: ReadonlyMap<Tensor, string>;
  /** Remarks on tensors that are read as stored. */
  readonly notes: ReadonlyMap<Tensor, readonly string[]>;
}
