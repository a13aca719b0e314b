import type { Tensor, TensorHints } from "../tensor.js";

/** The variables of a layer, in the order in which Keras numbers them. */
interface LayerClass {
  readonly words: readonly string[];
  readonly hints: TensorHints;
  /** Gates of a recurrent cell. */
  readonly gates?: readonly string[];
}

const NORM: LayerClass = { words: ["gamma", "beta", "moving_mean", "moving_variance"], hints: { role: "norm" } };
const CONV: LayerClass = { words: ["kernel", "bias"], hints: { role: "conv", kernelLayout: "hwio" } };
const TRANSPOSED: LayerClass = { words: ["kernel", "bias"], hints: { role: "transposed-conv", kernelLayout: "hwio" } };
const DEPTHWISE: LayerClass = {
  words: ["depthwise_kernel", "bias"],
  hints: { role: "depthwise-conv", kernelLayout: "hwio" },
};
const CELL = {
  words: ["kernel", "recurrent_kernel", "bias"],
  hints: { role: "recurrent", denseLayout: "in-out" },
} as const;

/** Keras' classes by their names in lower case with underscores, as .weights.h5 names its groups. */
const CLASSES: readonly (readonly [RegExp, LayerClass])[] = [
  [/^dense$/, { words: ["kernel", "bias"], hints: { role: "dense", denseLayout: "in-out" } }],
  [/^_?(query|key|value|output)_dense$|^einsum_dense$/, { words: ["kernel", "bias"], hints: {} }],
  [/^embedding$/, { words: ["embeddings"], hints: { role: "embedding" } }],
  [/^conv[123]d$/, CONV],
  [/^conv[123]d_transpose$/, TRANSPOSED],
  [/^depthwise_conv[12]d$/, DEPTHWISE],
  [/^separable_conv[12]d$/, { words: ["depthwise_kernel", "pointwise_kernel", "bias"], hints: CONV.hints }],
  [/^(batch|layer|group|instance|rms|unit)_normalization$/, NORM],
  [/^lstm$/, { ...CELL, gates: ["i", "f", "c", "o"] }],
  [/^gru$/, { ...CELL, gates: ["z", "r", "h"] }],
  [/^simple_rnn$/, { ...CELL, gates: [] }],
];

export interface Variable {
  /** The path with the variable's number replaced by its word, if that is known. */
  readonly name: string;
  /** Path of its group "vars", and of that group's owner. */
  readonly group: string;
  readonly owner: string;
  readonly word: string | undefined;
  readonly hints: TensorHints | undefined;
}

/** The parts of a path like "layers/dense_1/vars/0"; undefined for any other path. */
export function variableOf(path: string): Variable | undefined {
  const match = /^(?:(.*)\/)?vars\/(\d+)$/.exec(path);
  if (match === null) return undefined;
  const [, owner = "", index] = match;
  const segments = owner.split("/");
  // A recurrent layer stores its weights in its cell.
  const segment =
    segments[segments.length - 1] === "cell" ? segments[segments.length - 2] : segments[segments.length - 1];
  const className = (segment ?? "").replace(/_\d+$/, "");
  const layerClass = CLASSES.find(([pattern]) => pattern.test(className))?.[1];
  const word = layerClass?.words[Number(index)];
  const group = owner === "" ? "vars" : `${owner}/vars`;
  const name = word === undefined ? path : `${owner}/${word}`;
  return {
    name,
    group,
    owner,
    word,
    hints: layerClass === undefined || word === undefined ? undefined : hintsOf(layerClass, word),
  };
}

function hintsOf({ hints, gates }: LayerClass, word: string): TensorHints | undefined {
  if (word === "bias") return { role: "bias" };
  if (word === "depthwise_kernel") return DEPTHWISE.hints;
  if (gates !== undefined) return { ...hints, gates: { along: "columns", names: gates } };
  return Object.keys(hints).length === 0 ? undefined : hints;
}

/**
 * The paths of the variables that hold scales of int8 codes: the last one of a layer whose first one is int8 [keras,
 * layers/core/dense.py, save_own_variables]. By path, the word for it.
 */
export function scaleWords(tensors: readonly Pick<Tensor, "name" | "dtype">[]): ReadonlyMap<string, string> {
  const layers = new Map<string, { main?: string | undefined; last: number; path: string }>();
  for (const { name, dtype } of tensors) {
    const variable = variableOf(name);
    if (variable === undefined) continue;
    const index = Number(name.slice(name.lastIndexOf("/") + 1));
    const layer = layers.get(variable.group) ?? { last: 0, path: "" };
    layers.set(variable.group, layer);
    if (index === 0 && dtype === "I8") layer.main = variable.word;
    if (index > layer.last) Object.assign(layer, { last: index, path: name });
  }
  const found = [...layers.values()].flatMap(({ main, path }) =>
    main === undefined || path === "" ? [] : [[path, `${main}_scale`] as const],
  );
  return new Map(found);
}
