import { leNet5, miniAlexNet, miniAlexNetWith, mlp3, type Network, quickMlp } from "../networks/index.js";

/** A small network for the built-in task: 256-96-48-10, FC1 256 x 96. */
const syntheticMlp: Network = {
  name: "synthetic MLP",
  input: { height: 16, width: 16, channels: 1 },
  layers: [
    { type: "flatten" },
    { type: "dense", name: "fc1", units: 96, activation: "relu" },
    { type: "dense", name: "fc2", units: 48, activation: "relu" },
    { type: "dense", name: "fc3", units: 10 },
  ],
};

/**
 * The networks that an experiment's file may name. The paper does not give the rate of its dropout net; 0.5 was usual
 * in 2018.
 */
const NETWORKS: Readonly<Record<string, Network>> = {
  lenet5: leNet5,
  "mini-alexnet": miniAlexNet,
  "mini-alexnet-dropout": miniAlexNetWith({ dropout: 0.5 }),
  mlp3,
  "quick-mlp": quickMlp,
  "synthetic-mlp": syntheticMlp,
};

export function networkNames(): readonly string[] {
  return Object.keys(NETWORKS);
}

export function namedNetwork(name: string): Network | undefined {
  return Object.hasOwn(NETWORKS, name) ? NETWORKS[name] : undefined;
}
