import { either, type NamePattern, pattern, type SearchedName, searchedName, words } from "./name-pattern.js";

/** The position of a layer in its network, read from its name. */
export interface LayerRole {
  /** Index of the repeated block that holds it ("model.layers.7.mlp..." is block 7); null outside of blocks. */
  readonly block: number | null;
  /** Its role there, in one vocabulary for all families; null if the name does not show it. */
  readonly role: Role | null;
  /** The name with the block index replaced by "*": layers that share it are siblings. */
  readonly family: string;
}

export const ROLES = [
  "attention.q",
  "attention.k",
  "attention.v",
  "attention.kv",
  "attention.qkv",
  "attention.o",
  "mlp.gate",
  "mlp.up",
  "mlp.gate-up",
  "mlp.down",
  "router",
  "embedding",
  "head",
] as const;
export type Role = (typeof ROLES)[number];

/** Words before the number of a repeated block in the well-known families. */
const REPEATED = [
  "layers?",
  "h",
  "blocks?",
  "blk",
  "block_list",
  "resblocks",
  "encoder_layers",
  "decoder_layers",
  "albert_layers",
  "layer_module",
  "(?:single_|joint_)?transformer_blocks",
  "(?:double|single)_blocks",
].join("|");

/**
 * The position of the block's index, first match first: within a stage (Swin, ConvNeXt, ResNet's "layer3.5"), else
 * after the first word that counts blocks.
 */
const BLOCKS = [
  pattern(["layers", "stages"], /(?:^|[./])(?:layers|stages)[._/]\d+[./](?:blocks|layers)[./](\d+)(?=[./]|$)/),
  pattern(["layer"], /(?:^|[./])layer\d+[./](\d+)(?=[./]|$)/),
  pattern(
    ["layer", "block", "blk", "h.", "h_", "h/"],
    new RegExp(`(?:^|[./])(?:${REPEATED})[._/](\\d+)(?=[./]|$)`, "i"),
  ),
];

/**
 * The first match wins; null if a name is known to have none of the roles. Names of Hugging Face's, Meta's and OpenAI's
 * models, of Megatron, GGUF and Keras.
 */
const RULES: readonly (readonly [NamePattern, Role | null])[] = [
  // State-space mixers and linear attention share words with attention, but are neither.
  [
    pattern(
      ["mixer", "mamba", "ssm", "linear_attn"],
      /(?:mixer|mamba|ssm|linear_attn)[./](?:in_proj|out_proj|x_proj|dt_proj|in_proj_\w+)|(?:^|[./])ssm_/i,
    ),
    null,
  ],
  [
    words(
      "lm_head|embed_out|output_projection|text_projection|visual_projection|qa_outputs|" +
        "cls.predictions.decoder|vocab_projector",
    ),
    "head",
  ],
  [
    pattern(
      ["output", "head", "score", "classifier", "fc", "proj_out"],
      /^(?:output|head|score|classifier|fc|proj_out)$|^heads?[./](?:head|fc)$/i,
    ),
    "head",
  ],
  [
    words(
      "embed_tokens|embed_in|embed_positions|tok_embeddings|wte|wpe|token_embd|position_embd|token_type|token_types|" +
        "word_embeddings|position_embedding|position_embeddings|token_type_embeddings|token_embedding|" +
        "positional_embedding|pos_embed|patch_embed.proj|" +
        "patch_embedding.projection|patch_embeddings.projection|patch_embedding|" +
        "embedding|embeddings|shared",
    ),
    "embedding",
  ],
  [
    pattern(
      ["router", "gate"],
      new RegExp(
        [
          "(?:^|[./_])(?:router|ffn_gate_inp(?:_shexp)?)(?:$|[./[])",
          "(?:mlp|moe|ffn|feed_forward)[./]gate$",
          "(?:mlp|ffn)[./]shared_expert_gate$",
        ].join("|"),
        "i",
      ),
    ),
    "router",
  ],
  // RWKV's channel mixing names its matrices like those of attention.
  [words("ffn.key|feed_forward.key"), "mlp.up"],
  [words("ffn.value|feed_forward.value"), "mlp.down"],
  [
    pattern(
      ["qkv", "query_key_value", "c_attn", "in_proj"],
      /(?:qkv(?:_proj)?|query_key_value|c_attn|in_proj_weight|(?:attn|attention)[./]in_proj)(?:$|[./_[])/i,
    ),
    "attention.qkv",
  ],
  [words("kv_a_proj_with_mqa|kv_a_proj|kv_b_proj|attn_kv_a_mqa|attn_kv_b|wkv_a|wkv_b|to_kv"), "attention.kv"],
  [
    words(
      "q_proj|q_proj_weight|q_a_proj|q_b_proj|wq|wq_a|wq_b|query|query_dense|attn_q|attn_q_a|attn_q_b|q_lin|" +
        "to_q|add_q_proj|SelfAttention.q|EncDecAttention.q",
    ),
    "attention.q",
  ],
  [
    words("k_proj|k_proj_weight|wk|key|key_dense|attn_k|k_lin|to_k|add_k_proj|SelfAttention.k|EncDecAttention.k"),
    "attention.k",
  ],
  [
    words("v_proj|v_proj_weight|wv|value|value_dense|attn_v|v_lin|to_v|add_v_proj|SelfAttention.v|EncDecAttention.v"),
    "attention.v",
  ],
  [words("DenseReluDense.wo"), "mlp.down"],
  [
    either(
      words(
        "o_proj|wo|out_proj|out_lin|attn_output|attention_output|to_out.0|to_add_out|linear_proj|SelfAttention.o|" +
          "EncDecAttention.o|attention.output.dense|attention.dense|self_attention.dense|self_attn.dense|" +
          "attention.proj",
      ),
      pattern(["attn"], /(?:^|[./])(?:\w+_)?attn[./](?:c_)?proj(?:$|[./[])/i),
    ),
    "attention.o",
  ],
  [words("gate_up_proj|gate_up|w12|w13|w13_weight|input_linear|ffn_gate_up_exps"), "mlp.gate-up"],
  [words("gate_proj|w1|ffn_gate|ffn_gate_exps|ffn_gate_shexp|wi_0|linear_1_gate"), "mlp.gate"],
  [
    either(
      words(
        "up_proj|w3|v1|ffn_up|ffn_up_exps|ffn_up_shexp|wi_1|wi|fc1|c_fc|dense_h_to_4h|fc_in|linear_fc1|" +
          "intermediate.dense|intermediate_dense|lin1|pwconv1|ff.net.0.proj",
      ),
      pattern(["linear1"], /(?:^|[./])layers?[./]\d+[./]linear1(?:$|[./[])/i),
    ),
    "mlp.up",
  ],
  [
    either(
      words(
        "down_proj|w2|w2_weight|ffn_down|ffn_down_exps|ffn_down_shexp|output_linear|fc2|mlp.c_proj|" +
          "dense_4h_to_h|fc_out|linear_fc2|output.dense|feed_forward.output_dense|lin2|pwconv2|ff.net.2|" +
          "ffn_output",
      ),
      pattern(["linear2"], /(?:^|[./])layers?[./]\d+[./]linear2(?:$|[./[])/i),
    ),
    "mlp.down",
  ],
];

/** The role of a part of a fused projection, by the bracket at the end of its name; in stored order. */
export const FUSED_ROLES: Readonly<Partial<Record<Role, Readonly<Record<string, Role>>>>> = {
  "attention.qkv": { q: "attention.q", k: "attention.k", v: "attention.v" },
  "attention.kv": { k: "attention.k", v: "attention.v" },
  "mlp.gate-up": { gate: "mlp.gate", up: "mlp.up" },
};

/** Reads block and role from a layer's full name. This is a guess by name; null if the name is not clear. */
export function layerRole(name: string): LayerRole {
  const searched = searchedName(name);
  const whole = RULES.find(([matches]) => matches.test(searched))?.[1] ?? null;
  const part = name.includes("[") ? /\[([a-z]+)\](?: \(\d+\))?$/.exec(name)?.[1] : undefined;
  const role = (whole !== null && part !== undefined && FUSED_ROLES[whole]?.[part]) || whole;
  const block = blockOf(searched);
  if (block === null) return { block: null, role, family: name };
  return { block: Number(block.index), role, family: `${name.slice(0, block.start)}*${name.slice(block.end)}` };
}

interface BlockIndex {
  readonly index: string;
  readonly start: number;
  readonly end: number;
}

/** The index of the repeated block in a layer's name, and where it is written; null if the name has none. */
export function blockIn(name: string): BlockIndex | null {
  return blockOf(searchedName(name));
}

function blockOf(searched: SearchedName): BlockIndex | null {
  const match = BLOCKS.map((matches) => matches.exec(searched)).find((found) => found !== null);
  if (match === undefined) return null;
  const end = match.index + match[0].length;
  return { index: match[1], start: end - match[1].length, end };
}
