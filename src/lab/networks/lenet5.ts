import type { Network } from "./network.js";

/**
 * LeNet5 for MNIST as [MM21] retrained it: 1,256,080 parameters, FC1 2450 x 500. Keras' default initialisation, no
 * regularisation.
 */
export const leNet5: Network = {
  name: "LeNet5",
  input: { height: 28, width: 28, channels: 1 },
  layers: [
    {
      type: "convolution",
      name: "conv1",
      filters: 20,
      kernel: 5,
      activation: "relu",
      initialisation: "glorot-uniform",
    },
    { type: "max-pooling", size: 2, stride: 2 },
    {
      type: "convolution",
      name: "conv2",
      filters: 50,
      kernel: 5,
      activation: "relu",
      initialisation: "glorot-uniform",
    },
    { type: "max-pooling", size: 2, stride: 2 },
    { type: "flatten" },
    { type: "dense", name: "fc1", units: 500, activation: "relu", initialisation: "glorot-uniform" },
    { type: "dense", name: "fc2", units: 10, initialisation: "glorot-uniform" },
  ],
};
