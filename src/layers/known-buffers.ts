import type { Tensor } from "../formats/tensor.js";
import { nameParts, roleWord } from "./tensor-name.js";

/** Names under which libraries store tensors that are not weight matrices, whatever their shape. */
interface KnownBuffers {
  /** "leaf": the tensor's own name in its module. "word": also the name of a module whose only weight it may be. */
  readonly of: "leaf" | "word";
  readonly names: RegExp;
  /** What such a tensor is. */
  readonly what: string;
}

/**
 * Rules as data; the first match wins. The weight of a linear layer is called "weight", so a leaf with one of these
 * names is a buffer or a bare parameter.
 */
const KNOWN: readonly KnownBuffers[] = [
  // GPT-2's "attn.bias" is a causal mask of 1 x 1 x n x n.
  { of: "leaf", names: /^(masked_bias|attn_mask|causal_mask|mask|attention_mask)$/, what: "a mask" },
  {
    of: "leaf",
    names: anyOf(
      String.raw`\w+_ids|relative_position_index|relative_coords_table|rel_pos_index`,
      String.raw`\w+_idxs|\w+_rp_bucket|\w+_position_idx|edge_index|tid2eid`,
    ),
    what: "an index table",
  },
  {
    of: "leaf",
    names: /^(running_mean|running_var|moving_mean|moving_variance|num_batches_tracked)$/,
    what: "running statistics of a norm",
  },
  {
    of: "leaf",
    names: anyOf(
      "inv_freq|freqs_(cis|cos|sin)|(rope_|rotary_)?(cos|sin)(_cached?)?",
      "(cos|sin)_(cached?|table)|rope_freqs|cos_sin_cache",
    ),
    what: "a table of rotary positions",
  },
  {
    of: "leaf",
    names: /^(pe|sinusoid(al)?_(table|embeddings?|pos_emb)|pos_table)$/,
    what: "a fixed table of positions",
  },
  {
    of: "leaf",
    names: anyOf(
      "mel_(filters?|basis|fb|fbanks?|filter_?bank)|filter_?banks?|fbanks?|fb",
      "dct(_mat|_matrix)?|dft_matrix|(forward|inverse)_basis(_buffer)?|window|hann_window",
    ),
    what: "a fixed signal transform (a filter bank, DCT or window)",
  },
  {
    of: "leaf",
    names: /^(A_logs?|ssm_a|time_decay|time_first|time_faaaa)$/,
    what: "decay rates of a recurrence, which act entry by entry",
  },
  {
    of: "leaf",
    names: /^_?(ema_(w|weight|embed|cluster_size|count)|embed_(avg|sum)|embedding_(avg|sum)|cluster_size)$/,
    what: "running averages of a codebook",
  },
  {
    of: "leaf",
    names: /^_?flat_param(_\d+)?$/,
    what:
      "a flat parameter of FSDP (the weights of several modules in one vector, or one rank's piece of it; save " +
      "them whole with StateDictType.FULL_STATE_DICT)",
  },
  {
    of: "leaf",
    names: /^(anchors|anchor_(grid|boxes|points)|priors|prior_boxes|default_boxes)$/,
    what: "anchor boxes of a detector",
  },
  {
    of: "word",
    names: /^(relative_position_bias_table|rel_pos_bias(_table)?|relative_attention_bias|attention_biases|attn_rel_b)$/,
    what: "a table of biases by relative position",
  },
  {
    of: "leaf",
    names: /^(bias|biases|beta|in_proj_bias|bias_[ih]h_l\d+(_reverse)?|(gate_up|gate|up|down|o|q|k|v)_proj_bias)$/,
    what: "a bias",
  },
  { of: "leaf", names: /^(gamma|layer_scale|layerscale)$/, what: "a norm's scale" },
  // Keras's PReLU has one slope for each entry of its input: as many axes as that.
  { of: "leaf", names: /^(alphas?|negative_slope)$/, what: "the slopes of an activation (PReLU), one per entry" },
];

/** A name that is one of these alternatives. */
function anyOf(...alternatives: readonly string[]): RegExp {
  return new RegExp(`^(${alternatives.join("|")})$`);
}

/**
 * What a tensor is, if libraries use its name for something that is not a weight matrix; undefined for any other name.
 */
export function knownBuffer({ name }: Pick<Tensor, "name">): string | undefined {
  const { leaf } = nameParts(name);
  const word = roleWord(name);
  return KNOWN.find(({ of, names }) => names.test(of === "leaf" ? leaf : word))?.what;
}
