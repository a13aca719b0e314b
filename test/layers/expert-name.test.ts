import { describe, expect, it } from "vitest";
import { expertName } from "#eigenscope/layers/expert-name.js";

describe("the expert that a layer's name tells", () => {
  it.each([
    ["model.layers.3.block_sparse_moe.experts.5.w1", 5, "model.layers.*.block_sparse_moe.experts.*.w1"],
    ["model.layers.12.mlp.experts.255.gate_proj", 255, "model.layers.*.mlp.experts.*.gate_proj"],
    ["decoder.layers.0.mlp.local_experts.7.linear_fc1", 7, "decoder.layers.*.mlp.local_experts.*.linear_fc1"],
    ["encoder.block.1.layer.1.mlp.experts.expert_2.wi", 2, "encoder.block.*.layer.1.mlp.experts.expert_*.wi"],
    ["layers/2/expert/3/kernel", 3, "layers/*/expert/*/kernel"],
    ["blk.4.ffn_gate.6", 6, "blk.*.ffn_gate.*"],
    ["blk.4.ffn_down_exps[17]", 17, "blk.*.ffn_down_exps[*]"],
    ["model.layers.0.mlp.experts.gate_up_proj[3][gate]", 3, "model.layers.*.mlp.experts.gate_up_proj[*][gate]"],
    ["layers.1.block_sparse_moe.input_linear[9][up]", 9, "layers.*.block_sparse_moe.input_linear[*][up]"],
    ["mlp.experts.0.w2", 0, "mlp.experts.*.w2"],
  ])("of %s is %d", (name, expert, group) => {
    expect(expertName(name)).toEqual({ expert, group });
  });

  it.each([
    "model.layers.0.mlp.shared_experts.gate_proj",
    "model.layers.0.mlp.gate_proj",
    "blk.0.ffn_gate_shexp",
    "blk.0.ffn_gate",
    "blk.0.ffn_gate_inp",
    "model.layers.0.self_attn.qkv_proj[q]",
    "stack[3]",
    "experts.99999999999999999999.w1",
  ])("is none in %s", (name) => {
    expect(expertName(name)).toBeNull();
  });
});
