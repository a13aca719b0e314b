import type { DenseLayer, Network, NetworkLayer } from "../networks/index.js";
import type { TrainingSettings } from "./experiment.js";

/** The network to train: the experiment's network with the L2 penalties and the dropout of its settings. */
export function networkOf({
  network,
  l2,
  l2Layers,
  dropout,
}: Pick<TrainingSettings, "network" | "l2" | "l2Layers" | "dropout">): Network {
  const penalised = l2 === null ? network.layers : network.layers.map((layer) => withPenalty(layer, l2, l2Layers));
  return { ...network, layers: dropout === null ? penalised : withDropout(penalised, dropout) };
}

/** Names of the dense layers (the paper's FC1, FC2, ...) in the order of the network. */
export function denseLayers({ layers }: Pick<Network, "layers">): string[] {
  return layers.filter((layer): layer is DenseLayer => layer.type === "dense").map(({ name }) => name);
}

function withPenalty(layer: NetworkLayer, l2: number, names: readonly string[]): NetworkLayer {
  return layer.type === "dense" && (names.length === 0 || names.includes(layer.name)) ? { ...layer, l2 } : layer;
}

/**
 * Sets the rate of the network's dropout layers. If it has none, adds one after every hidden dense layer and its batch
 * normalisation. The rate 0 removes them.
 */
function withDropout(layers: readonly NetworkLayer[], rate: number): NetworkLayer[] {
  const without = layers.filter(({ type }) => type !== "dropout");
  if (rate === 0) return without;
  if (without.length < layers.length)
    return layers.map((layer) => (layer.type === "dropout" ? { ...layer, rate } : layer));
  const last = layers.findLastIndex(({ type }) => type === "dense");
  return layers.flatMap((layer, at): NetworkLayer[] => {
    const normalises = layer.type === "batch-normalisation";
    const behindDense = (normalises ? layers[at - 1] : layer)?.type === "dense";
    const endsBlock = normalises || layers[at + 1]?.type !== "batch-normalisation";
    return behindDense && endsBlock && at < last ? [layer, { type: "dropout", rate }] : [layer];
  });
}
