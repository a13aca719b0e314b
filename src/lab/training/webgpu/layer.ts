import type { Parameter } from "../../networks/parameters.js";
import type { LayerShapes } from "../../networks/shapes.js";
import type { BufferPlan, PlannedBuffer } from "./buffer-plan.js";
import type { Kernel } from "./kernel.js";

/** The options for planning a layer. */
export interface LayerContext {
  readonly plan: BufferPlan;
  readonly shapes: LayerShapes;
  /** The layer's tensors, in the order of `parametersOf`. */
  readonly parameters: readonly Parameter[];
  /** For the labels of buffers and kernels: `layer 3 (dense)`. */
  readonly label: string;
  /** The largest batch. */
  readonly batch: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** If this is a dropout layer, its number among them: the index of its key in `Step`. */
  readonly dropout: number;
}

/** A tensor on the GPU. `place` maps an index in the checkpoint to an index in the buffer. */
export interface StoredTensor {
  readonly parameter: Parameter;
  readonly values: PlannedBuffer;
  /** Absent if the tensor does not learn. */
  readonly velocities?: PlannedBuffer;
  readonly place: (index: number) => number;
}

/** Dispatches, and the buffer with their result. */
export interface Pass {
  readonly kernels: readonly Kernel[];
  readonly result: PlannedBuffer;
}

export interface BackwardPass {
  /** The layer's input from the forward pass. */
  readonly input: PlannedBuffer;
  /** d(loss)/d(output). A layer may overwrite it. */
  readonly gradient: PlannedBuffer;
  /** A buffer for d(loss)/d(input). null if nothing before the layer learns. */
  readonly inputGradient: PlannedBuffer | null;
}

/** Sum of squared weights in `SUMS` parts. The loss gets `strength` times the sum. */
export interface Penalty {
  readonly strength: number;
  readonly kernel: (sums: PlannedBuffer, first: number) => Kernel;
}

export interface GpuLayer {
  readonly tensors: readonly StoredTensor[];
  /** The result may be the input buffer. */
  forward(input: PlannedBuffer, mode: "step" | "evaluation"): Pass;
  /**
   * Updates the layer's parameters. The result is d(loss)/d(input): `inputGradient`, or `gradient` if it was changed in
   * place.
   */
  backward(pass: BackwardPass): Pass;
  readonly penalty?: Penalty;
}
