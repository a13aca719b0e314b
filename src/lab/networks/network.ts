/**
 * How a layer's weights begin. "glorot-normal-truncated" is Keras 2.1's: a normal cut at two standard deviations, its
 * variance not corrected.
 */
export type Initialisation = "glorot-normal" | "glorot-normal-truncated" | "glorot-uniform";

export interface DenseLayer {
  readonly type: "dense";
  /** Names its tensors: `name.weight` (units x inputs, as PyTorch stores it), `name.bias`. */
  readonly name: string;
  readonly units: number;
  readonly activation?: "relu" | "linear";
  readonly initialisation?: Initialisation;
  /** What every bias begins with. */
  readonly bias?: number;
  /** Keras' l2(c): c times the sum of squared weights is added to the loss. */
  readonly l2?: number;
}

export interface ConvolutionLayer {
  readonly type: "convolution";
  /** Names its tensors: `name.weight` (filters x channels x kernel x kernel), `name.bias`. */
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

/** By channel; running statistics with `momentum` (Keras: 0.99), `epsilon` 0.001. */
export interface BatchNormalisationLayer {
  readonly type: "batch-normalisation";
  readonly name: string;
  readonly momentum?: number;
  readonly epsilon?: number;
}

export interface DropoutLayer {
  readonly type: "dropout";
  /** The share of values set to 0; the rest is scaled by 1 / (1 - rate). */
  readonly rate: number;
}

export interface FlattenLayer {
  readonly type: "flatten";
}

export type NetworkLayer = DenseLayer | ConvolutionLayer | MaxPoolingLayer | BatchNormalisationLayer | DropoutLayer | FlattenLayer;

/** A feed-forward network as plain data. The last layer gives the classes' logits; the softmax belongs to the loss. */
export interface Network {
  readonly name: string;
  /** Images in the order row, column, channel. */
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly layers: readonly NetworkLayer[];
}
