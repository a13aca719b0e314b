/**
 * The settings of [MM21]'s MiniAlexNet: mean squared error on the softmax, rate 0.01 times 0.95 per epoch, momentum
 * 0.9, 100 epochs. Images are cropped to 28 x 28 and standardised one by one.
 */
const MINI_ALEXNET = {
  network: "mini-alexnet",
  data: { set: "cifar10", preprocessing: "centre-crop-standardised" },
  loss: "mean-squared-error",
  rate: 0.01,
  rateDecay: 0.95,
  momentum: 0.9,
  epochs: 100,
};

/** The paper's experiments at full size: they take days on a laptop. `--train` and `--epochs` make them smaller. */
export const PAPER_PRESETS: Readonly<Record<string, object>> = {
  "paper/batch-size": {
    ...MINI_ALEXNET,
    description:
      "The main result: only the batch size changes, and FC1 goes through all five phases (section 7; ten " +
      "seeds pooled).",
    axes: { batch: [1000, 500, 250, 150, 100, 50, 32, 16, 8, 4, 2], seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  },
  "paper/baseline": {
    ...MINI_ALEXNET,
    description: "The baseline at b = 16, epoch by epoch: entropy, stable rank, soft rank and accuracies (section 6).",
    batch: 16,
    record: Array.from({ length: 101 }, (_, epoch) => epoch),
  },
  "paper/weight-norm": {
    ...MINI_ALEXNET,
    description: "Keras' l2(1e-4) on FC1 and FC2 against the baseline: the bulk shrinks, rank and entropy fall.",
    batch: 16,
    l2Layers: ["fc1", "fc2"],
    axes: { l2: [0, 1e-4] },
  },
  "paper/dropout": {
    ...MINI_ALEXNET,
    description:
      "Dropout after every layer, and batch normalisation after FC1 and FC2 too, against the same net without dropout.",
    network: "mini-alexnet-dropout",
    batch: 16,
    axes: { dropout: [0, 0.5] },
  },
  "paper/rank-collapse": {
    ...MINI_ALEXNET,
    description: "Over-regularised: Keras' l2 of growing strength on FC1, until its rank collapses.",
    batch: 16,
    l2Layers: ["fc1"],
    axes: { l2: [0, 1e-4, 1e-3, 5e-3] },
  },
};
