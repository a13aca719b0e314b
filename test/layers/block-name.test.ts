import { describe, expect, it } from "vitest";
import { blockName, layerRole } from "#eigenscope/layers/index.js";

/** Names of layers as the files of these families have them, and their blocks. */
const BLOCKS: Readonly<Record<string, readonly (readonly [name: string, block: string | null])[]>> = {
  "transformers of Hugging Face, Meta, OpenAI, Google": [
    ["model.layers.7.self_attn.q_proj", "model.layers.7"],
    ["model.layers.31.mlp.experts.5.down_proj", "model.layers.31"],
    ["model.layers.4.mlp.gate_up_proj[up]", "model.layers.4"],
    ["h.11.attn.c_attn[q]", "h.11"],
    ["bert.encoder.layer.9.output.dense", "bert.encoder.layer.9"],
    ["encoder.block.2.layer.0.SelfAttention.q", "encoder.block.2"],
    ["vision_model.encoder.layers.0.mlp.fc1", "vision_model.encoder.layers.0"],
    ["base_model.model.model.layers.3.self_attn.v_proj", "base_model.model.model.layers.3"],
    ["transformer.layers.0.1.net.1", "transformer.layers.0"],
    ["model.embed_tokens", null],
    ["lm_head", null],
  ],
  GGUF: [
    ["blk.12.ffn_gate", "blk.12"],
    ["token_embd", null],
    ["output", null],
  ],
  "transformers for images, and diffusion": [
    ["blocks.5.attn.qkv[k]", "blocks.5"],
    ["layers.2.blocks.7.attn.proj", "layers.2.blocks.7"],
    ["stages.1.blocks.2.mlp.fc1", "stages.1.blocks.2"],
    ["down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q", "down_blocks.1.attentions.0.transformer_blocks.0"],
    ["down_blocks.0.resnets.1.conv1", "down_blocks.0"],
    ["double_blocks.3.img_attn.qkv", "double_blocks.3"],
    ["conv_in", null],
  ],
  "convolutional networks of torchvision and timm": [
    ["layer1.0.conv1", "layer1.0"],
    ["layer3.5.downsample.0", "layer3.5"],
    ["Mixed_5b.branch1x1.conv", "Mixed_5b"],
    ["AuxLogits.conv0.conv", null],
    ["inception4a.branch2.0.conv", "inception4a"],
    ["features.denseblock1.denselayer12.conv1", "features.denseblock1.denselayer12"],
    ["features.transition1.conv", null],
    ["features.3.conv.0.0", "features.3"],
    ["features.3.block.1.0", "features.3"],
    ["features.3.0.block.1.0", "features.3.0"],
    ["blocks.2.1.conv_pw", "blocks.2.1"],
    ["features.0", null],
    ["classifier.6", null],
    ["conv_stem", null],
  ],
  "convolutional networks of Keras": [
    ["conv2_block1_1_conv", "conv2_block1"],
    ["conv5_block3_out", "conv5_block3"],
    ["conv1_conv", null],
    ["block_13_expand", "block_13"],
    ["block14_sepconv1", "block14"],
    ["block2a_expand_conv", "block2a"],
    ["block1_conv2", "block1"],
    ["res2a_branch2a", "res2a"],
    ["res2_conv", null],
    ["mixed4/conv2d_31", "mixed4"],
    ["conv2d_31", null],
    ["dense_1", null],
  ],
  "networks that the project's benchmarks use": [
    ["model.decoder.layers.0.encoder_attn.k_proj", "model.decoder.layers.0"],
    ["model_8k.encoder.3.0.pw_conv.0", "model_8k.encoder.3"],
    ["model_8k.first_layer.0.proj", "model_8k.first_layer.0"],
    [
      "If_0/else_branch/If_0_else_branch__Inline_0__encoder.0.reparam_conv",
      "If_0/else_branch/If_0_else_branch__Inline_0__encoder.0",
    ],
    ["If_25/else_branch/If_651/else_branch/1002[o]", null],
    ["model.1.sub.0.RDB1.conv1.0", "model.1.sub.0"],
    ["model.1.sub.2", "model.1"],
    ["model.0", null],
    ["residual_layer.0.residual_layer.0.layer.10.fn.project_in", "residual_layer.0.residual_layer.0.layer.10"],
    ["residual_layer.0.esa.conv_f", "residual_layer.0"],
    ["body.34", null],
    [
      "StatefulPartitionedCall/extractor/model/block_1_expand/Conv2D_weights",
      "StatefulPartitionedCall/extractor/model/block_1",
    ],
    ["StatefulPartitionedCall/extractor/model/Conv1/Conv2D_weights", null],
    [
      "module/Encoder_en/KonaTransformer/Encode/Layer_1/TransformerLayer/q",
      "module/Encoder_en/KonaTransformer/Encode/Layer_1",
    ],
    ["model_1/model/conv2d_1/Conv2D", null],
    ["0.conv.weight_g", "0"],
    ["1122", null],
  ],
};

const ALL = Object.values(BLOCKS).flat();

describe("the name of a layer's block", () => {
  it.each(Object.entries(BLOCKS))("is read from the names of %s", (_, names) => {
    expect(names.map(([name]) => [name, blockName(name)])).toEqual(names);
  });

  it("begins the layer's name and ends before a separator or at its end", () => {
    for (const [name, block] of ALL) {
      if (block === null) continue;
      expect(name.startsWith(block), name).toBe(true);
      expect(["", ".", "/", "_"], name).toContain(name.charAt(block.length));
    }
  });

  it("is there wherever the index of a repeated block is, and is one for all layers of that block", () => {
    for (const [name, block] of ALL) if (layerRole(name).block !== null) expect(block, name).not.toBeNull();
    // A list of layers, without modules of their own, counts as blocks in both.
    expect([layerRole("layers.3").block, blockName("layers.3")]).toEqual([3, "layers.3"]);
    const inBlock = ["self_attn.q_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.experts.0.up_proj", "mlp.gate"];
    expect(new Set(inBlock.map((name) => blockName(`model.layers.12.${name}`)))).toEqual(new Set(["model.layers.12"]));
    expect(blockName("model.layers.1.mlp.gate_proj")).not.toBe(blockName("model.layers.12.mlp.gate_proj"));
  });
});
