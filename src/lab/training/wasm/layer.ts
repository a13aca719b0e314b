import type { Parameter } from "../../networks/parameters.js";
import type { LayerShapes } from "../../networks/shapes.js";
import type { Kernels } from "./kernels.js";
import type { MemoryPlan } from "./memory-plan.js";

/** What every layer is built with. All addresses are fixed then: a step needs no more memory. */
export interface LayerContext {
  readonly kernels: Kernels;
  readonly plan: MemoryPlan;
  readonly scratch: Scratch;
  readonly shapes: LayerShapes;
  /** The layer's tensors, in the order of `parametersOf`. */
  readonly parameters: readonly Parameter[];
  /** Number of the layer in its network. */
  readonly index: number;
  /** The largest batch. */
  readonly batch: number;
  readonly seed: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Regions that one layer after the other uses. */
export interface Scratch {
  /** Packed operands of a product, and before them a tile for ragged edges. */
  readonly work: number;
  /** Patches of one share of a convolution's pixels. */
  readonly patches: number;
  /** The gradient of one tensor. */
  readonly gradient: number;
  /** Sums in f64 over the channels. */
  readonly sums: number;
}

/**
 * A tensor in the memory, `count` numbers long there; `place` says where the number at a place of the checkpoint
 * stands.
 */
export interface StoredTensor {
  readonly parameter: Parameter;
  readonly values: number;
  /** Absent where nothing is learnt. */
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
  /** d(loss)/d(output); a layer may overwrite it. */
  readonly gradient: number;
  /** A region for d(loss)/d(input); null where nothing before the layer learns. */
  readonly inputGradient: number | null;
}

export interface WasmLayer {
  readonly tensors: readonly StoredTensor[];
  /** Returns the address of the output, which may be that of the input. */
  forward(pass: ForwardPass): number;
  /**
   * Updates the layer's parameters and returns the address of d(loss)/d(input): `inputGradient`, or `gradient` where it
   * was changed in place.
   */
  backward(pass: BackwardPass): number;
  /** l2 times the sum of squared weights. */
  penalty?(): number;
}
