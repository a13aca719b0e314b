/** Where a layer stands in its network, read from its name. */
export interface LayerRole {
  /** Index of the repeated block that holds it ("model.layers.7.mlp..." is block 7); null outside of blocks. */
  readonly block: number | null;
  /** What it does there, in one vocabulary for all families; null where the name does not tell. */
  readonly role: Role | null;
  /** The name with the block index replaced by "*": layers that share it are siblings. */
  readonly family: string;
}

export const ROLES = [
  "attention.q",
  "attention.k",
  "attention.v",
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

/** Segments that count repeated blocks, in the names of the well-known families; the number follows (or, for "block_3", is part of the segment). */
const BLOCK =
  /(?:^|[./])(?:layers?|h|blocks?|blk|block_list|resblocks|encoder_layers|decoder_layers|layer_module)(?:[._/])(\d+)(?=[./]|$)/i;

/** First match wins. Names as in Llama, Mistral, Qwen, GPT-2, NeoX, BERT, ViT, T5, Falcon, Phi, CLIP, and in GGUF. */
const RULES: readonly (readonly [RegExp, Role])[] = [
  [/(?:^|[./_])(?:lm_head|embed_out|output_projection)(?:$|[./])|^(?:output|head|score|classifier)$/i, "head"],
  [
    /(?:^|[./])(?:embed_tokens|tok_embeddings|wte|wpe|token_embd|position_embd|word_embeddings|position_embeddings|token_type_embeddings|embeddings?|shared)(?:$|[./])/i,
    "embedding",
  ],
  [/(?:^|[./_])(?:router|ffn_gate_inp)(?:$|[./])|(?:mlp|moe)[./]gate$/i, "router"],
  [/(?:qkv(?:_proj)?|query_key_value|c_attn|in_proj|attn_qkv|Wqkv)(?:$|[./_])/i, "attention.qkv"],
  [/(?:^|[./])(?:q_proj|wq|query|attn_q|q_lin|SelfAttention[./]q|EncDecAttention[./]q)(?:$|[./])/i, "attention.q"],
  [/(?:^|[./])(?:k_proj|wk|key|attn_k|k_lin|SelfAttention[./]k|EncDecAttention[./]k)(?:$|[./])/i, "attention.k"],
  [/(?:^|[./])(?:v_proj|wv|value|attn_v|v_lin|SelfAttention[./]v|EncDecAttention[./]v)(?:$|[./])/i, "attention.v"],
  [
    /(?:^|[./])(?:o_proj|wo|out_proj|out_lin|attn_output|SelfAttention[./]o|EncDecAttention[./]o|attention[./]output[./]dense|attention[./]dense|attn[./](?:c_)?proj|self_attention[./]dense)(?:$|[./])/i,
    "attention.o",
  ],
  [/(?:^|[./])(?:gate_up_proj|gate_up)(?:$|[./])/i, "mlp.gate-up"],
  [/(?:^|[./])(?:gate_proj|w1|ffn_gate|ffn_gate_exps|wi_0)(?:$|[./[])/i, "mlp.gate"],
  [/(?:^|[./])(?:up_proj|w3|ffn_up|ffn_up_exps|wi_1|wi|fc1|c_fc|dense_h_to_4h|fc_in|intermediate[./]dense|lin1)(?:$|[./[])/i, "mlp.up"],
  [
    /(?:^|[./])(?:down_proj|w2|ffn_down|ffn_down_exps|DenseReluDense[./]wo|fc2|mlp[./]c_proj|dense_4h_to_h|fc_out|output[./]dense|lin2)(?:$|[./[])/i,
    "mlp.down",
  ],
];

/** Reads block and role off a layer's full name. Pure guesswork by name, and null rather than a wild guess. */
export function layerRole(name: string): LayerRole {
  const block = BLOCK.exec(name);
  const rule = RULES.find(([pattern]) => pattern.test(name));
  const family =
    block === null ? name : `${name.slice(0, block.index)}${block[0].replace(/\d+$/, "*")}${name.slice(block.index + block[0].length)}`;
  return { block: block === null ? null : Number(block[1]), role: rule?.[1] ?? null, family };
}
