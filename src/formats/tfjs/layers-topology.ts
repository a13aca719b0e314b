import type { JsonValue } from "../../bytes/json-value.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import type { TensorHints } from "../tensor.js";
import type { Topology } from "./topology.js";

/** Hints from a Keras layer's class for its kernels. */
const CLASSES: readonly (readonly [RegExp, TensorHints])[] = [
  [/^Dense$/, { role: "dense", denseLayout: "in-out" }],
  [/^Embedding$/, { role: "embedding" }],
  [/^DepthwiseConv[12]D$/, { role: "depthwise-conv", kernelLayout: "hwio" }],
  [/^Conv[123]DTranspose$/, { role: "transposed-conv", kernelLayout: "hwio" }],
  [/^(Separable)?Conv[123]D$/, { role: "conv", kernelLayout: "hwio" }],
  [/(LSTM|GRU|SimpleRNN)(Cell)?$/, { role: "recurrent", denseLayout: "in-out" }],
  [/Normalization$/, { role: "norm" }],
];

/**
 * Finds the class that owns each weight: a weight "block/conv_1/kernel" belongs to the layer named by the last of its
 * segments that is a layer's name. A wrapper (Bidirectional, TimeDistributed) has the class of the layer that it wraps.
 * The position is that of the layer in Keras' list, in which each layer comes after its inputs.
 */
export function* layersTopology(topology: JsonValue | undefined, pace: Pace): Steps<Topology> {
  const layers = new Map<string, ListedLayer>();
  yield* collectLayers(topology, layers, pace);
  const owners = (name: string): readonly ListedLayer[] =>
    segmentsOf(name)
      .slice(0, -1)
      .map((segment) => layers.get(segment) ?? layers.get(segment.replace(/^(forward|backward)_/, "")))
      .filter((layer) => layer !== undefined)
      .reverse();
  return {
    order: layers.size === 0 ? "file" : "configuration",
    hintFor: (name) => {
      for (const { className } of owners(name)) {
        const hints = CLASSES.find(([pattern]) => pattern.test(className))?.[1];
        if (hints !== undefined) return byLeaf(segmentsOf(name).at(-1) ?? "", hints);
      }
      return undefined;
    },
    positionOf: (name) => owners(name)[0]?.position,
  };
}

const NODE_STEPS = 16;

/** A layer of the configuration: its class, and its position among all of them. */
interface ListedLayer {
  readonly className: string;
  readonly position: number;
}

function segmentsOf(name: string): string[] {
  return name.replace(/:\d+$/, "").split("/");
}

function byLeaf(leaf: string, hints: TensorHints): TensorHints {
  if (leaf === "depthwise_kernel") return { role: "depthwise-conv", kernelLayout: "hwio" };
  if (/bias$/.test(leaf)) return { role: "bias" };
  return hints;
}

/** Every `{class_name, config: {name}}` anywhere in the topology. JSON's own depth limit bounds the recursion. */
function* collectLayers(value: JsonValue | undefined, layers: Map<string, ListedLayer>, pace: Pace): Steps<void> {
  if (pace.spend(1)) yield;
  if (Array.isArray(value)) {
    for (const item of value)
      if (item !== null && typeof item === "object") yield* collectLayers(item, layers, pace);
      else if (pace.spend(1)) yield;
    return;
  }
  if (!(value instanceof Map)) return;
  if (pace.spend(NODE_STEPS)) yield;
  const config = value.get("config");
  const name = config instanceof Map ? config.get("name") : undefined;
  const className = value.get("class_name");
  if (typeof name === "string" && typeof className === "string") {
    const wrapped = config instanceof Map ? config.get("layer") : undefined;
    const inner = wrapped instanceof Map ? wrapped.get("class_name") : undefined;
    layers.set(name, {
      className: typeof inner === "string" ? inner : className,
      position: layers.get(name)?.position ?? layers.size,
    });
  }
  for (const item of value.values()) yield* collectLayers(item, layers, pace);
}
