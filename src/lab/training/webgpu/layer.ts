import type { Parameter } from "../../networks/parameters.js";
import type { LayerShapes } from "../../networks/shapes.js";
import type { BufferPlan, PlannedBuffer } from "./buffer-plan.js";
import type { Kernel } from "./kernel.js";

/** What every layer is planned with. */
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
  /** Which of the network's dropout layers this is, if it is one: the place of its key in `Step`. */
  readonly dropout: number;
}

/** A tensor on the GPU; `place` says where in its buffer the number at a place of the checkpoint stands. */
export interface StoredTensor {
  readonly parameter: Parameter;
  readonly values: PlannedBuffer;
  /** Absent where nothing is learnt. */
  readonly velocities?: PlannedBuffer;
  readonly place: (index: number) => number;
}

/** Dispatches, and the buffer in which their result stands. */
export interface Pass {
  readonly kernels: readonly Kernel[];
  readonly result: PlannedBuffer;
}

export interface BackwardPass {
  /** The layer's input, which the forward pass has left. */
  readonly input: PlannedBuffer;
  /** d(loss)/d(output); a layer may overwrite it. */
  readonly gradient: PlannedBuffer;
  /** A buffer for d(loss)/d(input); null where nothing before the layer learns. */
  readonly inputGradient: PlannedBuffer | null;
}

/** Sum of squared weights in `SUMS` parts, times `strength` to be added to the loss. */
export interface Penalty {
  readonly strength: number;
  readonly kernel: (sums: PlannedBuffer, first: number) => Kernel;
}

export interface GpuLayer {
  readonly tensors: readonly StoredTensor[];
  /** The result may be the input. */
  forward(input: PlannedBuffer, mode: "step" | "evaluation"): Pass;
  /**
   * Updates the layer's parameters; the result is d(loss)/d(input): `inputGradient`, or `gradient` where it was changed
   * in place.
   */
  backward(pass: BackwardPass): Pass;
  readonly penalty?: Penalty;
}
