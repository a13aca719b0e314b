/** The recipe that shows the phases in minutes: a perceptron on the first 5000 images of CIFAR-10, cross-entropy. */
const QUICK_MLP = {
  network: "quick-mlp",
  data: { set: "cifar10", train: 5000, test: 2000, preprocessing: "channel-standardised" },
  loss: "cross-entropy",
  rate: 0.001,
  momentum: 0.9,
};

const BATCHES = [500, 128, 32, 16, 8, 4, 2];

export const QUICK_PRESETS: Readonly<Record<string, object>> = {
  "quick/batch-size": {
    ...QUICK_MLP,
    description: "All phases in minutes: only the batch size changes, from 500 to 2; three seeds pooled.",
    epochs: 20,
    axes: { batch: BATCHES, seed: [1, 2, 3] },
  },
  "quick/fixed-steps": {
    ...QUICK_MLP,
    description:
      "The control: every batch size gets 2500 updates. The remaining change of phase comes from the noise " +
      "of small batches alone.",
    steps: 2500,
    axes: { batch: BATCHES, seed: [1] },
  },
  "quick/rate": {
    ...QUICK_MLP,
    description:
      "The other control: b = 32 throughout, only the learning rate grows. The ratio of rate to batch size decides.",
    epochs: 20,
    batch: 32,
    axes: { rate: [0.0005, 0.001, 0.002, 0.004, 0.008], seed: [1] },
  },
  "quick/rank-collapse": {
    description:
      "Keras' l2 of growing strength on FC1 of the paper's MLP3, with the paper's loss and rate, until its " +
      "rank collapses.",
    network: "mlp3",
    data: { set: "cifar10", train: 5000, test: 2000, preprocessing: "centre-crop-standardised" },
    loss: "mean-squared-error",
    rate: 0.01,
    momentum: 0.9,
    epochs: 20,
    record: [0, 1, 2, 5, 10, 20],
    batch: 16,
    l2Layers: ["fc1"],
    axes: { l2: [0, 1e-3, 5e-3, 0.02, 0.1, 0.3], seed: [1] },
  },
  "quick/weight-norm": {
    ...QUICK_MLP,
    description: "Keras' l2 on FC1 and FC2 against none, at b = 16: rank and entropy fall, the bulk shrinks.",
    epochs: 20,
    batch: 16,
    l2Layers: ["fc1", "fc2"],
    axes: { l2: [0, 1e-3, 3e-3], seed: [1, 2] },
  },
  "quick/dropout": {
    ...QUICK_MLP,
    description: "Dropout after the hidden layers against none, at b = 16.",
    epochs: 20,
    batch: 16,
    axes: { dropout: [0, 0.2, 0.5], seed: [1, 2] },
  },
  "quick/mini-alexnet": {
    description:
      "The paper's MiniAlexNet and recipe on the first 10,000 images, 15 epochs: an hour and a half to two " +
      "on two cores.",
    network: "mini-alexnet",
    data: { set: "cifar10", train: 10_000, test: 2000, preprocessing: "centre-crop-standardised" },
    loss: "mean-squared-error",
    rate: 0.01,
    rateDecay: 0.95,
    momentum: 0.9,
    epochs: 15,
    axes: { batch: [500, 250, 100, 32, 16, 8, 4, 2], seed: [1] },
  },
  "quick/lenet5": {
    description: "LeNet5 on all of MNIST, in minutes: FC1 becomes a bulk with spikes.",
    network: "lenet5",
    data: { set: "mnist", preprocessing: "unit" },
    loss: "cross-entropy",
    batch: 128,
    rate: 0.05,
    momentum: 0.9,
    epochs: 5,
    record: [0, 1, 3, 5],
  },
};

const SYNTHETIC_MLP = {
  network: "synthetic-mlp",
  data: { set: "synthetic", train: 1000, test: 500, preprocessing: "channel-standardised" },
  loss: "cross-entropy",
  rate: 0.003,
  momentum: 0.9,
};

/** The built-in task: no data set, a few seconds. */
export const SYNTHETIC_PRESETS: Readonly<Record<string, object>> = {
  "synthetic/batch-size": {
    ...SYNTHETIC_MLP,
    description: "A first step: a small network on built-in data, batch sizes 64 to 1, two seeds; seconds.",
    epochs: 12,
    axes: { batch: [64, 16, 8, 4, 2, 1], seed: [1, 2] },
  },
  "synthetic/fixed-steps": {
    ...SYNTHETIC_MLP,
    description: "The control on built-in data: every batch size gets 1000 updates.",
    steps: 1000,
    axes: { batch: [64, 16, 8, 4, 2, 1], seed: [1] },
  },
};
