/** A tensor inside a model. The model has its own layout; `read` and `write` use that of a checkpoint. */
export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** A copy. */
  read(): Float32Array;
  /** Takes as many values as `shape` has elements. */
  write(values: Float32Array): void;
}

/** A network in the processor's memory with room for one batch. `modelLearner` makes a `Learner` of it. */
export interface Model {
  /** `batch` x values per image, row-major: the input of a batch. */
  readonly input: Float32Array | Float64Array;
  /** `batch` x classes, row-major: the output of `forward`. */
  readonly logits: Float32Array | Float64Array;
  /** d(loss)/d(logit) in the same shape, to be set before `learn`. */
  readonly logitGradients: Float32Array | Float64Array;
  /** Parameters and running statistics. */
  readonly parameters: readonly ModelTensor[];
  /** The velocity of each parameter that learns, named like it with ".velocity" appended. */
  readonly velocities: readonly ModelTensor[];
  /**
   * Computes the logits of the first `count` images: in training step number `step`, or in an evaluation if `step` is
   * null.
   */
  forward(count: number, step: number | null): void;
  /** Sum over the layers of l2 times the sum of their squared weights. */
  penalty(): number;
  /**
   * After `forward` as a step: gradients g of the loss and its penalties, then v = momentum v + g + weightDecay w and w
   * -= rate v.
   */
  learn(count: number, rate: number): void;
}
