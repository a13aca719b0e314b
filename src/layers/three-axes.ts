import type { Tensor } from "../formats/tensor.js";
import { convolution } from "./convolution.js";
import { experts } from "./experts.js";
import { hasChannelsLast, MAX_KERNEL_SIDE } from "./kernel-layout.js";
import type { LayerType } from "./layer.js";
import { type Reading, type ReadingContext, type Rule, wholeMatrix } from "./reading.js";
import { lastSegment, nameParts } from "./tensor-name.js";

/** Positional convolutions (wav2vec 2) have kernels of 128. */
const MAX_NAMED_KERNEL_SIDE = 512;

/**
 * A tensor with three axes is a convolution over one axis, attention heads, a table with a leading 1, or a stack of
 * matrices (experts). The file's graph decides, then the name, then the shape; a guess is noted.
 */
export const readThreeAxes: Rule = (tensor, context) => {
  const { shape, hints, name } = tensor;
  if (shape.length !== 3) return undefined;
  const { owner, leaf } = nameParts(name);
  const [first, , last] = shape;
  if (hints?.kernelLayout !== undefined) return convolution(tensor, { order: hints.kernelLayout, context, notes: [] });
  if (hints?.role === "dense") return first === 1 ? single(tensor, "dense") : experts(tensor, context, []);
  if (/expert|_exps|_moe[./]/i.test(name)) return experts(tensor, context, []);
  if (leaf === "kernel" && /^(query|key|value|q_proj|k_proj|v_proj)$/.test(lastSegment(owner))) {
    return heads(tensor, shape[0], { how: "in x (heads * size)", count: shape[1], along: "columns" });
  }
  if (leaf === "kernel" && /^(attention_output|out|o_proj)$/.test(lastSegment(owner)))
    return heads(tensor, shape[0] * shape[1], { how: "(heads * size) x out", count: shape[0], along: "rows" });
  if (first === 1 && (hints?.role === "embedding" || /embed|pos/i.test(name))) return single(tensor, "embedding");
  const convolved = kernel(tensor, context);
  if (convolved === undefined && isBilinear(tensor, context)) {
    return {
      reason:
        `a bilinear form (${shape.join(" x ")}): it has a matrix for each output, and none of them is a ` +
        "layer's weight",
    };
  }
  return convolved ?? experts(tensor, context, [`read as a stack of ${first} matrices of ${shape[1]} x ${last}`]);
};

/**
 * PyTorch's nn.Bilinear: weight (out, in, in), and a bias for each output. A stack of matrices would have a vector of
 * biases for each.
 */
function isBilinear({ name, shape }: Tensor, { byName }: ReadingContext): boolean {
  const { owner, leaf } = nameParts(name);
  if (/bilinear|biaffine/i.test(owner)) return true;
  const bias = leaf === "weight" ? byName.get(`${owner}bias`) : undefined;
  return bias?.shape.length === 1 && bias.shape[0] === shape[0];
}

/** A convolution over one axis: (out, in, k) in PyTorch, (k, in, out) in Keras, Flax and Haiku. */
function kernel(tensor: Tensor, context: ReadingContext): Reading | undefined {
  const [first, second, last] = tensor.shape;
  const named = /conv/i.test(tensor.name) || tensor.hints?.role === "conv";
  const limit = named ? MAX_NAMED_KERNEL_SIDE : MAX_KERNEL_SIDE;
  // TensorFlow and Haiku call stacks of matrices "w" and "weights" too.
  if (/(^|_)kernel$/.test(nameParts(tensor.name).leaf) || (named && hasChannelsLast(tensor.name))) {
    return first > limit
      ? undefined
      : convolution(tensor, { order: "hwio", context, notes: ["kernel axes taken as width, in, out from the name"] });
  }
  const torch = last <= limit && last <= Math.max(first, second);
  if (torch && (named || Math.min(first, second) > last)) {
    return convolution(tensor, {
      order: "oihw",
      context,
      notes: named ? [] : ["kernel axes taken as out, in, width from the shape"],
    });
  }
  if (named && first <= limit)
    return convolution(tensor, {
      order: "hwio",
      context,
      notes: ["kernel axes taken as width, in, out from the shape"],
    });
  return undefined;
}

/**
 * Keras and Flax store the heads of attention as a separate axis; merged with its neighbour it gives the projection's
 * matrix.
 */
function heads(
  tensor: Tensor,
  rows: number,
  { how, count, along }: { readonly how: string; readonly count: number; readonly along: "rows" | "columns" },
): Reading {
  const [a, b, c] = tensor.shape;
  const outputs = ["columns"] as const;
  const shown = { count, along, from: "the shape of the tensor" };
  return {
    type: "dense",
    parts: [{ ...wholeMatrix(tensor, rows, (a * b * c) / rows), heads: { outputs, shown } }],
    notes: [`the axis of heads was merged: ${how}`],
  };
}

/** One matrix with a leading axis of 1. */
function single(tensor: Tensor, type: LayerType): Reading {
  return { type, parts: [wholeMatrix(tensor, tensor.shape[1], tensor.shape[2])], notes: [] };
}
