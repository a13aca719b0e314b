import type { JsonValue } from "../strict-json.js";
import type { TensorHints } from "../tensor.js";

/** What a Keras layer's class says of its kernels. */
const CLASSES: readonly (readonly [RegExp, TensorHints])[] = [
  [/^Dense$/, { role: "dense", denseLayout: "in-out" }],
  [/^Embedding$/, { role: "embedding" }],
  [/^DepthwiseConv[12]D$/, { role: "depthwise-conv", kernelLayout: "hwio" }],
  [/^Conv[123]DTranspose$/, { role: "transposed-conv", kernelLayout: "hwio" }],
  [/^(Separable)?Conv[123]D$/, { role: "conv", kernelLayout: "hwio" }],
  [/(LSTM|GRU|SimpleRNN)(Cell)?$/, { role: "recurrent", denseLayout: "in-out" }],
  [/Normalization$/, { role: "norm" }],
];

/** What the topology of a layers model (Keras) says of the weight called `name`; undefined where it says nothing. */
export type HintFor = (name: string) => TensorHints | undefined;

/**
 * Reads which class owns which weights: a weight "block/conv_1/kernel" belongs to the layer that is called by the last of its segments that
 * names one. Wrappers (Bidirectional, TimeDistributed) speak for what they wrap.
 */
export function layersHints(topology: JsonValue | undefined): HintFor {
  const classes = new Map<string, string>();
  collectClasses(topology, classes);
  return (name) => {
    const segments = name.replace(/:\d+$/, "").split("/");
    const leaf = segments[segments.length - 1];
    for (let k = segments.length - 2; k >= 0; k--) {
      const owner = classes.get(segments[k]) ?? classes.get(segments[k].replace(/^(forward|backward)_/, ""));
      const hints = CLASSES.find(([pattern]) => owner !== undefined && pattern.test(owner))?.[1];
      if (hints !== undefined) return byLeaf(leaf, hints);
    }
    return undefined;
  };
}

function byLeaf(leaf: string, hints: TensorHints): TensorHints {
  if (leaf === "depthwise_kernel") return { role: "depthwise-conv", kernelLayout: "hwio" };
  if (/bias$/.test(leaf)) return { role: "bias" };
  return hints;
}

/** Every `{class_name, config: {name}}` anywhere in the topology. JSON's own depth limit bounds the recursion. */
function collectClasses(value: JsonValue | undefined, classes: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectClasses(item, classes);
    return;
  }
  if (!(value instanceof Map)) return;
  const config = value.get("config");
  const name = config instanceof Map ? config.get("name") : undefined;
  const className = value.get("class_name");
  if (typeof name === "string" && typeof className === "string") {
    const wrapped = config instanceof Map ? config.get("layer") : undefined;
    const inner = wrapped instanceof Map ? wrapped.get("class_name") : undefined;
    classes.set(name, typeof inner === "string" ? inner : className);
  }
  for (const item of value.values()) collectClasses(item, classes);
}
