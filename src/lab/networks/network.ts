/**
 * The initialisation of a layer's weights. "glorot-normal-truncated" is that of Keras 2.1: a normal law cut at two
 * standard deviations, without correcting the variance.
 */
export type Initialisation = "glorot-normal" | "glorot-normal-truncated" | "glorot-uniform";

export interface DenseLayer {
  readonly type: "dense";
  /** Its tensors are `name.weight` (units x inputs, as PyTorch stores it) and `name.bias`. */
  readonly name: string;
  readonly units: number;
  readonly activation?: "relu" | "linear";
  readonly initialisation?: Initialisation;
  /** Initial value of every bias. */
  readonly bias?: number;
  /** Keras' l2(c): c times the sum of squared weights is added to the loss. */
  readonly l2?: number;
}

export interface ConvolutionLayer {
  readonly type: "convolution";
  /** Its tensors are `name.weight` (filters x channels x kernel x kernel) and `name.bias`. */
  readonly name: string;
  readonly filters: number;
  readonly kernel: number;
  readonly padding?: "same" | "valid";
  readonly activation?: "relu" | "linear";
  readonly initialisation?: Initialisation;
  readonly bias?: number;
  readonly l2?: number;
}

export interface MaxPoolingLayer {
  readonly type: "max-pooling";
  readonly size: number;
  readonly stride: number;
  readonly padding?: "same" | "valid";
}

/** Per channel; running statistics with `momentum` (Keras: 0.99), `epsilon` 0.001. */
export interface BatchNormalisationLayer {
  readonly type: "batch-normalisation";
  readonly name: string;
  readonly momentum?: number;
  readonly epsilon?: number;
}

export interface DropoutLayer {
  readonly type: "dropout";
  /** The fraction of values set to 0. The others are scaled by 1 / (1 - rate). */
  readonly rate: number;
}

export interface FlattenLayer {
  readonly type: "flatten";
}

export type NetworkLayer =
  | DenseLayer
  | ConvolutionLayer
  | MaxPoolingLayer
  | BatchNormalisationLayer
  | DropoutLayer
  | FlattenLayer;

/** A feed-forward network as plain data. The last layer gives one logit per class; the softmax belongs to the loss. */
export interface Network {
  readonly name: string;
  /** Images in the order row, column, channel. */
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly layers: readonly NetworkLayer[];
}
