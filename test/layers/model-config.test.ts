import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAdapterConfig, parseModelConfig } from "#eigenscope/layers/index.js";

describe("a model's configuration", () => {
  it("is read eight configurations deep, and no deeper, whatever the file nests", () => {
    const nested = (depth: number) =>
      JSON.parse(`${'{"text_config":'.repeat(depth)}{"hidden_size":8}${"}".repeat(depth)}`);
    expect(parseModelConfig(nested(7))).toEqual({ hiddenSize: 8 });
    expect(parseModelConfig(nested(8))).toEqual({});
    expect(parseModelConfig(nested(100_000))).toEqual({});
  });

  it.each([
    [
      { model_type: "llama", hidden_size: 64, num_attention_heads: 8, num_key_value_heads: 2 },
      { hiddenSize: 64, heads: 8, keyValueHeads: 2 },
    ],
    [
      { model_type: "gpt2", n_embd: 64, n_head: 8 },
      { hiddenSize: 64, heads: 8, keyValueHeads: 8 },
    ],
    [
      { model_type: "falcon", num_attention_heads: 71, num_kv_heads: 71, multi_query: true },
      { heads: 71, keyValueHeads: 1 },
    ],
    [
      {
        model_type: "falcon",
        num_attention_heads: 128,
        num_kv_heads: 8,
        multi_query: true,
        new_decoder_architecture: true,
      },
      { heads: 128, keyValueHeads: 8 },
    ],
    [
      { model_type: "chatglm", num_attention_heads: 32, multi_query_group_num: 2, kv_channels: 128 },
      { heads: 32, keyValueHeads: 2, headDim: 128 },
    ],
  ])("%j is read in its family's words", (json, expected) => {
    expect(parseModelConfig(json)).toEqual({ modelType: json.model_type, ...expected });
  });

  it("of several sides is that of its texts, with the images' beside it", () => {
    const json = {
      model_type: "m",
      text_config: { model_type: "t", num_attention_heads: 4 },
      vision_config: { model_type: "v", num_heads: 2 },
    };
    expect(parseModelConfig(json)).toEqual({
      modelType: "t",
      heads: 4,
      keyValueHeads: 4,
      vision: { modelType: "v", heads: 2, keyValueHeads: 2 },
    });
  });

  it("of any content gives a configuration, and only whole numbers from 1", () => {
    for (const json of [
      null,
      3,
      "x",
      [],
      { num_attention_heads: -1, hidden_size: 2.5, head_dim: "2" },
      JSON.parse('{"__proto__": {"head_dim": 2}}'),
    ]) {
      expect(parseModelConfig(json)).toEqual({});
    }
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        parseModelConfig(json);
        parseAdapterConfig(json);
        parseAdapterConfig({ alpha_pattern: json, rank_pattern: json, lora_parameters: json });
      }),
      { seed: 6 },
    );
  });
});
