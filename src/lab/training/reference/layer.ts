import type { Parameter } from "../../networks/parameters.js";

/**
 * A tensor of the network in f64, in the layout of the checkpoint. Running statistics have no use for the last three.
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

/** One layer, written as its formula stands. It remembers what its last `forward` saw. */
export interface ReferenceLayer {
  forward(input: Float64Array, pass: Pass): Float64Array;
  /** From d(loss)/d(output) to d(loss)/d(input); the gradients of its parameters are overwritten on the way. */
  backward(gradient: Float64Array): Float64Array;
}
