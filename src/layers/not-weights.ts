import type { Tensor } from "../formats/tensor.js";
import { product, type Rule } from "./reading.js";
import { nameParts } from "./tensor-name.js";

/** Leaves that are no weights whatever their shape, by what they are. GPT-2's "attn.bias" is a causal mask of 1 x 1 x n x n. */
const BUFFERS: readonly (readonly [RegExp, string])[] = [
  [/^(masked_bias|attn_mask|causal_mask|mask|attention_mask)$/, "a mask"],
  [/^(position_ids|token_type_ids|relative_position_index|relative_coords_table)$/, "an index table"],
  [/^(running_mean|running_var|moving_mean|moving_variance|num_batches_tracked)$/, "running statistics of a norm"],
  [/^(inv_freq|freqs_cis|cos_cached|sin_cached|rope_freqs)$/, "a table of rotary positions"],
  [/^(bias|biases|beta|in_proj_bias|bias_[ih]h_l\d+(_reverse)?|(gate_up|gate|up|down|o|q|k|v)_proj_bias)$/, "a bias"],
  [/^(gamma|layer_scale|layerscale)$/, "a norm's scale"],
];

/** Leaves out what is no floating-point matrix: empty tensors, integers, scalars, vectors, biases, norms, masks and buffers. */
export const leaveOutNonWeights: Rule = (tensor) => {
  const { shape, hints } = tensor;
  if (product(shape) === 0) return { reason: `has no elements (${shape.join(" x ")})` };
  const buffer = BUFFERS.find(([pattern]) => pattern.test(nameParts(tensor.name).leaf));
  if (buffer !== undefined) return { reason: `${buffer[1]}, not a weight matrix` };
  if (hints?.role === "scale") return { reason: "scales or zero points of a quantised weight" };
  if (!tensor.floating) return { reason: explainNonFloating(tensor) };
  if (hints?.role === "norm") return { reason: "a norm's parameter, not a weight matrix" };
  if (hints?.role === "bias") return { reason: "a bias, not a weight matrix" };
  if (shape.length === 0) return { reason: "a scalar" };
  const longAxes = shape.filter((side) => side > 1).length;
  if (shape.length === 1 || (shape.length > 2 && longAxes <= 1)) return { reason: "a vector (bias, norm or buffer): it has no spectrum" };
  return undefined;
};

function explainNonFloating({ dtype, unreadable }: Tensor): string {
  if (unreadable !== undefined) return unreadable;
  if (dtype === "BOOL") return "truth values (a mask), not weights";
  if (/^[IU]\d+$/.test(dtype)) return `integers (${dtype}), not weights; packed or quantised integers are never analysed as they stand`;
  return `elements of type ${dtype}, which this version does not decode`;
}
