import type { Parameter } from "../../networks/parameters.js";
import type { LayerShapes } from "../../networks/shapes.js";
import type { Kernels } from "./kernels.js";
import type { MemoryPlan } from "./memory-plan.js";

/** The options of every layer. After construction all addresses are fixed: a step allocates no memory. */
export interface LayerContext {
  readonly kernels: Kernels;
  /** Units that a strip of weights holds side by side. */
  readonly stripUnits: number;
  readonly plan: MemoryPlan;
  readonly scratch: Scratch;
  readonly shapes: LayerShapes;
  /** The layer's tensors, in the order of `parametersOf`. */
  readonly parameters: readonly Parameter[];
  /** Index of the layer in its network. */
  readonly index: number;
  /** The largest batch. */
  readonly batch: number;
  readonly seed: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Memory regions that the layers use one after the other. */
export interface Scratch {
  /** Packed operands of a product, preceded by a tile for incomplete edges. */
  readonly work: number;
  /** Patches of one share of a convolution's pixels. */
  readonly patches: number;
  /** The gradient of one tensor. */
  readonly gradient: number;
  /** Sums in f64 over the channels. */
  readonly sums: number;
}

/** A tensor in memory, `count` numbers long. `place` maps an index in the checkpoint to an index in memory. */
export interface StoredTensor {
  readonly parameter: Parameter;
  readonly values: number;
  /** Absent if the tensor does not learn. */
  readonly velocities?: number;
  readonly count: number;
  readonly place: (index: number) => number;
}

export interface ForwardPass {
  /** Address of the layer's input. */
  readonly input: number;
  readonly count: number;
  /** Number of the training step; null in an evaluation. */
  readonly step: number | null;
}

export interface BackwardPass {
  readonly count: number;
  readonly rate: number;
  /** d(loss)/d(output). A layer may overwrite it. */
  readonly gradient: number;
  /** A region for d(loss)/d(input). null if nothing before the layer learns. */
  readonly inputGradient: number | null;
}

export interface KernelLayer {
  readonly tensors: readonly StoredTensor[];
  /** Returns the address of the output, which may be that of the input. */
  forward(pass: ForwardPass): number;
  /**
   * Updates the layer's parameters and returns the address of d(loss)/d(input): `inputGradient`, or `gradient` if it
   * was changed in place.
   */
  backward(pass: BackwardPass): number;
  /** l2 times the sum of squared weights. */
  penalty?(): number;
}
