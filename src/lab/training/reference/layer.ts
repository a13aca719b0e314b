import type { Parameter } from "../../networks/parameters.js";

/**
 * A tensor of the network in f64, in the layout of the checkpoint. Running statistics do not use the last three fields.
 */
export interface ReferenceParameter extends Parameter {
  readonly values: Float64Array;
  /** d(loss)/d(value), without penalties. */
  readonly gradients: Float64Array;
  readonly velocities: Float64Array;
  /** Keras' l2 of its layer. */
  readonly l2: number;
}

export interface Pass {
  /** Examples of the batch. */
  readonly count: number;
  /** Number of the training step; null in an evaluation. */
  readonly step: number | null;
}

/** One layer, written exactly as its formula. It keeps the values of its last `forward` for `backward`. */
export interface ReferenceLayer {
  forward(input: Float64Array, pass: Pass): Float64Array;
  /** From d(loss)/d(output) to d(loss)/d(input). It overwrites the gradients of the layer's parameters. */
  backward(gradient: Float64Array): Float64Array;
}
