import { describe, expect, it } from "vitest";
import { type HeadOptions, UNKNOWN_HEADS } from "#eigenscope/layers/heads.js";
import { parseModelConfig } from "#eigenscope/layers/index.js";
import { configFromMetadata } from "#eigenscope/layers/model-config.js";
import { counting, plan } from "./tensors-in-memory.js";

type Tensors = Parameters<typeof plan>[0];

const LLAMA = parseModelConfig({ hidden_size: 16, num_attention_heads: 4, num_key_value_heads: 2 });
const GROUPED = ["q_proj 16 16", "k_proj 8 16", "v_proj 8 16", "o_proj 16 16"].map((text) => {
  const [name, ...shape] = text.split(" ");
  return counting(`layers.0.self_attn.${name}.weight`, shape.map(Number));
});

/** "name: count x size along", and the reasons of those without. */
function headsOf(tensors: Tensors, heads: Omit<Partial<HeadOptions>, "evidence">, more: object = {}): string[] {
  const { layers, uncut = [] } = plan(tensors, { heads: { asked: true, ...heads }, ...more });
  const short = (name: string): string => name.replace(/^.*[./]/, "");
  return [
    ...layers.flatMap(({ name, heads }) =>
      heads === undefined ? [] : [`${short(name)}: ${heads.count} x ${heads.size} ${heads.along}`],
    ),
    ...uncut.map(({ name, reason }) => `${short(name)}: ${reason}`),
  ];
}

describe("the heads of a projection of attention", () => {
  it("are not looked for without the option", () => {
    const planned = plan(GROUPED);
    expect(planned.layers.some(({ heads }) => heads !== undefined)).toBe(false);
    expect(planned).not.toHaveProperty("uncut");
  });

  it("come from config.json: rows of q, k and v, columns of o, with fewer heads of keys", () => {
    expect(headsOf(GROUPED, { config: LLAMA })).toEqual([
      "q_proj: 4 x 4 rows",
      "k_proj: 2 x 4 rows",
      "v_proj: 2 x 4 rows",
      "o_proj: 4 x 4 columns",
    ]);
    const [layer] = plan(GROUPED, { heads: { asked: true, config: LLAMA } }).layers;
    expect(layer.notes).toContain("4 heads of 4, by config.json");
  });

  it("are unknown where nothing tells them, and no number is guessed", () => {
    expect(headsOf(GROUPED, {})).toEqual(["q_proj", "k_proj", "v_proj", "o_proj"].map((n) => `${n}: ${UNKNOWN_HEADS}`));
  });

  it("are not cut if head_dim of config.json does not fit the matrix", () => {
    const config = parseModelConfig({ hidden_size: 16, num_attention_heads: 4, head_dim: 8 });
    expect(headsOf(GROUPED.slice(0, 1), { config })).toEqual(["q_proj: 4 heads of 8 do not give its 16 rows"]);
    expect(headsOf(GROUPED.slice(0, 1), { config: parseModelConfig({ num_attention_heads: 3 }) })).toEqual([
      "q_proj: 16 rows are no multiple of 3 heads",
    ]);
    expect(headsOf(GROUPED.slice(0, 1), { config: parseModelConfig({ num_attention_heads: 4 }) })).toEqual([
      "q_proj: 4 x 4 rows",
    ]);
  });

  it("follow head_dim where the heads together are wider than the model", () => {
    const config = parseModelConfig({ hidden_size: 8, num_attention_heads: 4, head_dim: 4 });
    const tensors = [counting("h.0.attn.q_proj.weight", [16, 8]), counting("h.0.attn.o_proj.weight", [8, 16])];
    expect(headsOf(tensors, { config })).toEqual(["q_proj: 4 x 4 rows", "o_proj: 4 x 4 columns"]);
  });

  it("lie along the columns of a kernel that is stored in x out, and along the rows of its output", () => {
    const config = parseModelConfig({ hidden_size: 16, num_attention_heads: 4 });
    const tensors = [counting("h/0/attn/q_proj/kernel", [16, 16]), counting("h/0/attn/o_proj/kernel", [16, 16])];
    expect(headsOf(tensors, { config })).toEqual(["q_proj: 4 x 4 columns", "o_proj: 4 x 4 rows"]);
  });

  it("of GPT-2's square c_proj follow the layout of c_attn beside it", () => {
    const config = parseModelConfig({ n_embd: 16, n_head: 4 });
    const conv1d = [counting("h.0.attn.c_attn.weight", [16, 48]), counting("h.0.attn.c_proj.weight", [16, 16])];
    const linear = [counting("h.0.attn.c_attn.weight", [48, 16]), counting("h.0.attn.c_proj.weight", [16, 16])];
    const parts = (along: string) => ["q", "k", "v"].map((part) => `c_attn[${part}]: 4 x 4 ${along}`);
    expect(headsOf(conv1d, { config })).toEqual([...parts("columns"), "c_proj: 4 x 4 rows"]);
    expect(headsOf(linear, { config })).toEqual([...parts("rows"), "c_proj: 4 x 4 columns"]);
  });

  it("of a fused matrix that was kept whole are not cut", () => {
    const tensors = [counting("h.0.attn.c_attn.weight", [16, 48])];
    expect(headsOf(tensors, { config: LLAMA }, { fused: "whole" })).toEqual([
      "c_attn: its queries, keys and values were analysed as one matrix",
    ]);
  });

  it("come from the axis of heads of Keras and Flax, whatever else is said", () => {
    const tensors = [
      counting("layer_0/attention/query/kernel", [16, 4, 4]),
      counting("layer_0/attention/attention_output/kernel", [4, 4, 16]),
    ];
    for (const asked of [true, { heads: 2 }] as const)
      expect(headsOf(tensors, { asked })).toEqual(["query: 4 x 4 columns", "attention_output: 4 x 4 rows"]);
  });

  it("come from a GGUF file's metadata", () => {
    const config = configFromMetadata({
      "general.architecture": "llama",
      "llama.embedding_length": "16",
      "llama.attention.head_count": "4",
      "llama.attention.head_count_kv": "2",
      "llama.attention.key_length": "4",
      "llama.attention.value_length": "2",
    });
    const tensors = [
      counting("blk.0.attn_q.weight", [16, 16]),
      counting("blk.0.attn_k.weight", [8, 16]),
      counting("blk.0.attn_v.weight", [4, 16]),
      counting("blk.0.attn_output.weight", [16, 8]),
    ];
    expect(headsOf(tensors, { config })).toEqual([
      "attn_q: 4 x 4 rows",
      "attn_k: 2 x 4 rows",
      "attn_v: 2 x 2 rows",
      "attn_output: 4 x 2 columns",
    ]);
  });

  it("of latent attention: what all heads share is not cut, the rest by the number of heads", () => {
    const config = parseModelConfig({ hidden_size: 16, num_attention_heads: 4, kv_lora_rank: 8, v_head_dim: 3 });
    const at = "layers.0.self_attn.";
    const tensors = [
      counting(`${at}q_a_proj.weight`, [8, 16]),
      counting(`${at}q_b_proj.weight`, [24, 8]),
      counting(`${at}kv_a_proj_with_mqa.weight`, [10, 16]),
      counting(`${at}kv_b_proj.weight`, [28, 8]),
      counting(`${at}o_proj.weight`, [16, 12]),
    ];
    expect(headsOf(tensors, { config })).toEqual([
      "q_b_proj: 4 x 6 rows",
      "kv_b_proj: 4 x 7 rows",
      "o_proj: 4 x 3 columns",
      "q_a_proj: all heads share it",
      "kv_a_proj_with_mqa: all heads share it",
    ]);
  });

  it("of encoder and decoder may differ in number", () => {
    const config = parseModelConfig({ d_model: 16, encoder_attention_heads: 4, decoder_attention_heads: 2 });
    const tensors = ["encoder", "decoder"].map((side) =>
      counting(`model.${side}.layers.0.self_attn.q_proj.weight`, [16, 16]),
    );
    expect(headsOf(tensors, { config })).toEqual(["q_proj: 4 x 4 rows", "q_proj: 2 x 8 rows"]);
  });
});

describe("heads that the user states", () => {
  it("give those of keys and values by the size of a head of queries", () => {
    expect(headsOf(GROUPED, { asked: { heads: 4 } })).toEqual([
      "q_proj: 4 x 4 rows",
      "k_proj: 2 x 4 rows",
      "v_proj: 2 x 4 rows",
      "o_proj: 4 x 4 columns",
    ]);
  });

  it("win over config.json", () => {
    expect(headsOf(GROUPED.slice(0, 1), { asked: { heads: 2 }, config: LLAMA })).toEqual(["q_proj: 2 x 8 rows"]);
  });

  it("are refused where queries and keys would have heads of two sizes", () => {
    expect(headsOf(GROUPED.slice(0, 2), { asked: { heads: 4, keyValueHeads: 4 } })).toEqual([
      "q_proj: 4 x 4 rows",
      "k_proj: 4 heads of keys would have 2 rows, those of queries have 4",
    ]);
    expect(headsOf(GROUPED.slice(0, 2), { asked: { heads: 4, keyValueHeads: 2 } })).toEqual([
      "q_proj: 4 x 4 rows",
      "k_proj: 2 x 4 rows",
    ]);
  });

  it("are refused where they do not divide the matrix", () => {
    expect(headsOf(GROUPED.slice(0, 1), { asked: { heads: 3 } })).toEqual([
      "q_proj: 16 rows are no multiple of 3 heads",
    ]);
    const keys = [counting("a.q_proj.weight", [16, 16]), counting("a.k_proj.weight", [6, 16])];
    expect(headsOf(keys, { asked: { heads: 4 } })).toEqual([
      "q_proj: 4 x 4 rows",
      "k_proj: 6 rows are no multiple of the 4 of a head of queries",
    ]);
  });

  it("hold for keys alone if no queries are beside them", () => {
    expect(headsOf(GROUPED.slice(1, 2), { asked: { heads: 4 } })).toEqual(["k_proj: 4 x 2 rows"]);
  });
});
