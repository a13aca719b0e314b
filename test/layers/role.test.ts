import { describe, expect, it } from "vitest";
import { layerRole } from "#weightscope/layers/index.js";

describe("layerRole", () => {
  it.each([
    ["model.layers.7.self_attn.q_proj", 7, "attention.q", "model.layers.*.self_attn.q_proj"],
    ["model.layers.31.mlp.down_proj", 31, "mlp.down", "model.layers.*.mlp.down_proj"],
    ["model.layers.0.mlp.gate_up_proj", 0, "mlp.gate-up", "model.layers.*.mlp.gate_up_proj"],
    ["model.layers.3.block_sparse_moe.experts.5.w1", 3, "mlp.gate", "model.layers.*.block_sparse_moe.experts.5.w1"],
    ["model.layers.3.mlp.gate", 3, "router", "model.layers.*.mlp.gate"],
    ["model.embed_tokens", null, "embedding", "model.embed_tokens"],
    ["lm_head", null, "head", "lm_head"],
    ["h.11.attn.c_attn", 11, "attention.qkv", "h.*.attn.c_attn"],
    ["transformer.h.2.attn.c_proj", 2, "attention.o", "transformer.h.*.attn.c_proj"],
    ["h.2.mlp.c_proj", 2, "mlp.down", "h.*.mlp.c_proj"],
    ["wte", null, "embedding", "wte"],
    ["gpt_neox.layers.4.attention.query_key_value", 4, "attention.qkv", "gpt_neox.layers.*.attention.query_key_value"],
    ["gpt_neox.layers.4.mlp.dense_4h_to_h", 4, "mlp.down", "gpt_neox.layers.*.mlp.dense_4h_to_h"],
    ["bert.encoder.layer.9.attention.self.query", 9, "attention.q", "bert.encoder.layer.*.attention.self.query"],
    ["bert.encoder.layer.9.attention.output.dense", 9, "attention.o", "bert.encoder.layer.*.attention.output.dense"],
    ["bert.encoder.layer.9.output.dense", 9, "mlp.down", "bert.encoder.layer.*.output.dense"],
    ["bert.encoder.layer.9.intermediate.dense", 9, "mlp.up", "bert.encoder.layer.*.intermediate.dense"],
    ["blocks.5.attn.qkv", 5, "attention.qkv", "blocks.*.attn.qkv"],
    ["encoder.block.2.layer.0.SelfAttention.q", 2, "attention.q", "encoder.block.*.layer.0.SelfAttention.q"],
    ["blk.12.ffn_gate", 12, "mlp.gate", "blk.*.ffn_gate"],
    ["blk.12.attn_output", 12, "attention.o", "blk.*.attn_output"],
    ["token_embd", null, "embedding", "token_embd"],
    ["features.3", null, null, "features.3"],
    ["conv2d_17", null, null, "conv2d_17"],
  ])("reads %s", (name, block, role, family) => {
    expect(layerRole(name)).toEqual({ block, role, family });
  });
});
