import type { DenseLayer, Network } from "./network.js";

/** [MM21]'s MLP3 for CIFAR-10, cropped to 28 x 28: 2352-512-512-512-10, biases 0.1. */
export const mlp3: Network = {
  name: "MLP3",
  input: { height: 28, width: 28, channels: 3 },
  layers: perceptron([512, 512, 512, 10], { initialisation: "glorot-normal-truncated", bias: 0.1 }),
};

/**
 * The small network that shows all phases in minutes: 3072-512-512-10 on whole CIFAR-10 images, 1,841,162 parameters,
 * FC1 3072 x 512.
 */
export const quickMlp: Network = {
  name: "quick MLP",
  input: { height: 32, width: 32, channels: 3 },
  layers: perceptron([512, 512, 10], { initialisation: "glorot-normal" }),
};

/**
 * Every type of layer on images of 8 x 8 x 2, for first steps and for the tests of the training engines: 1,027
 * parameters.
 */
export const tinyNetwork: Network = {
  name: "tiny",
  input: { height: 8, width: 8, channels: 2 },
  layers: [
    { type: "convolution", name: "conv1", filters: 6, kernel: 3, activation: "relu" },
    { type: "max-pooling", size: 3, stride: 3 },
    { type: "batch-normalisation", name: "bn1" },
    { type: "flatten" },
    { type: "dense", name: "fc1", units: 15, activation: "relu" },
    { type: "dropout", rate: 0.2 },
    { type: "dense", name: "fc2", units: 4 },
  ],
};

/** Dense layers named fc1, fc2, ...; ReLU between them, logits at the end. */
function perceptron(units: readonly number[], initial: Pick<DenseLayer, "initialisation" | "bias">): Network["layers"] {
  const dense = units.map((count, index): DenseLayer => {
    const activation = index === units.length - 1 ? "linear" : "relu";
    return { type: "dense", name: `fc${index + 1}`, units: count, activation, ...initial };
  });
  return [{ type: "flatten" }, ...dense];
}
