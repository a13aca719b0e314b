import type { Network, NetworkLayer } from "./network.js";

/** The options that [MM21] varies on its MiniAlexNet (sections 6 and 7). */
export interface MiniAlexNetOptions {
  /** Keras' l2 on FC1 and on FC2. The paper: 1e-4 on both; rank collapse: 5e-3 on FC1 alone. Default none. */
  readonly l2Fc1?: number | undefined;
  readonly l2Fc2?: number | undefined;
  /**
   * The dropout net: batch normalisation also after FC1 and FC2, and dropout of this rate after each of the four. The
   * paper gives neither the rate nor the positions; its notebook's heading says "on all layers". Default none.
   */
  readonly dropout?: number | undefined;
}

const INITIAL = { initialisation: "glorot-normal-truncated", bias: 0.1 } as const;

/** [MM21]'s MiniAlexNet for CIFAR-10, cropped to 28 x 28, as in its code: FC1 4096 x 384, FC2 384 x 192. */
export function miniAlexNetWith({ l2Fc1, l2Fc2, dropout }: MiniAlexNetOptions): Network {
  const normalised = (name: string): NetworkLayer[] => [{ type: "batch-normalisation", name }, ...dropped(dropout)];
  const normalisedToo = (name: string): NetworkLayer[] => (dropout === undefined ? [] : normalised(name));
  return {
    name: nameOf({ l2Fc1, l2Fc2, dropout }),
    input: { height: 28, width: 28, channels: 3 },
    layers: [
      { type: "convolution", name: "conv1", filters: 96, kernel: 5, activation: "relu", ...INITIAL },
      { type: "max-pooling", size: 3, stride: 3 },
      ...normalised("bn1"),
      { type: "convolution", name: "conv2", filters: 256, kernel: 5, activation: "relu", ...INITIAL },
      { type: "max-pooling", size: 3, stride: 3 },
      ...normalised("bn2"),
      { type: "flatten" },
      { type: "dense", name: "fc1", units: 384, activation: "relu", ...INITIAL, ...penalty(l2Fc1) },
      ...normalisedToo("bn3"),
      { type: "dense", name: "fc2", units: 192, activation: "relu", ...INITIAL, ...penalty(l2Fc2) },
      ...normalisedToo("bn4"),
      { type: "dense", name: "fc3", units: 10, ...INITIAL },
    ],
  };
}

/** The baseline: 2,272,458 parameters. */
export const miniAlexNet: Network = miniAlexNetWith({});

function dropped(rate?: number): NetworkLayer[] {
  return rate === undefined ? [] : [{ type: "dropout", rate }];
}

function penalty(l2?: number): { l2?: number } {
  return l2 === undefined ? {} : { l2 };
}

function nameOf({ l2Fc1, l2Fc2, dropout }: MiniAlexNetOptions): string {
  const parts = [
    l2Fc1 === undefined ? "" : `l2 ${l2Fc1} on FC1`,
    l2Fc2 === undefined ? "" : `l2 ${l2Fc2} on FC2`,
    dropout === undefined ? "" : `dropout ${dropout}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "MiniAlexNet" : `MiniAlexNet (${parts.join(", ")})`;
}
