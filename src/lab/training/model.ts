/** A tensor inside a model, in whatever layout the model computes with; read and written in that of a checkpoint. */
export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** A copy. */
  read(): Float32Array;
  /** As many values as `shape` says. */
  write(values: Float32Array): void;
}

/** A network in the processor's memory with room for one batch: what `modelLearner` turns into a `Learner`. */
export interface Model {
  /** `batch` x values of an image, row-major: where a batch is put. */
  readonly input: Float32Array | Float64Array;
  /** `batch` x classes, row-major: what `forward` leaves. */
  readonly logits: Float32Array | Float64Array;
  /** Of the same form: where d(loss)/d(logit) is put before `learn`. */
  readonly logitGradients: Float32Array | Float64Array;
  /** Parameters and running statistics. */
  readonly parameters: readonly ModelTensor[];
  /** v of each parameter that learns, under its name and ".velocity". */
  readonly velocities: readonly ModelTensor[];
  /** Logits of the first `count` images; as training step number `step`, or as an evaluation where it is null. */
  forward(count: number, step: number | null): void;
  /** Sum over the layers of l2 times the sum of their squared weights. */
  penalty(): number;
  /**
   * After `forward` as a step: gradients g of the loss and its penalties, then v = momentum v + g + weightDecay w and w
   * -= rate v.
   */
  learn(count: number, rate: number): void;
}
