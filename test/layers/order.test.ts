import { describe, expect, it } from "vitest";
import type { Tensor, TensorOrder } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { counting, EVERYTHING, fileOf } from "./tensors-in-memory.js";

function orderOf(
  names: readonly string[],
  { order, dtypes = [] }: { order?: TensorOrder; dtypes?: readonly string[] } = {},
) {
  const tensors = names.map((name, k): Tensor => counting(`${name}.weight`, [4, 4], { dtype: dtypes[k] ?? "F32" }));
  const plan = planLayers({ ...fileOf(tensors), ...(order === undefined ? {} : { order }) }, EVERYTHING);
  return { order: plan.order, names: plan.layers.map(({ name }) => name) };
}

describe("the order of layers", () => {
  it.each(["graph", "configuration"] as const)("keeps what a %s tells, whatever the names", (order) => {
    const names = ["lm_head", "layers.10.fc", "layers.2.fc"];
    expect(orderOf(names, { order })).toEqual({ order, names });
  });

  it("keeps the file's order where nothing speaks against it: a state dict lists modules as they were made", () => {
    const names = ["stem", "layers.0.b", "layers.0.a", "layers.1.b", "layers.1.a", "classifier"];
    expect(orderOf(names)).toEqual({ order: "file", names });
  });

  it(
    "takes names sorted by their characters, in a file and an element type, as a writer's order and not the " +
      "model's",
    () => {
      const sorted = ["layers.0.fc", "layers.1.fc", "layers.10.fc", "layers.2.fc"];
      expect(orderOf(sorted)).toEqual({
        order: "names",
        names: ["layers.0.fc", "layers.1.fc", "layers.2.fc", "layers.10.fc"],
      });
      const byType = ["conv2d_10", "conv2d_9", "conv2d_1", "conv2d_2"];
      expect(orderOf(byType, { dtypes: ["F32", "F32", "F16", "F16"] }).names).toEqual([
        "conv2d_1",
        "conv2d_2",
        "conv2d_9",
        "conv2d_10",
      ]);
      expect(orderOf(byType)).toEqual({ order: "file", names: byType });
    },
  );

  it("says file where the order of names is the file's", () => {
    expect(orderOf(["fc1", "fc2", "fc3"]).order).toBe("file");
  });

  it("takes blocks that do not ascend, and a head before the blocks, for no order of a model", () => {
    expect(orderOf(["z", "layers.1.fc", "layers.0.fc"])).toEqual({
      order: "names",
      names: ["layers.0.fc", "layers.1.fc", "z"],
    });
    expect(orderOf(["z", "layers.0.fc", "layers.1.fc"]).order).toBe("file");
    expect(orderOf(["lm_head", "blk.0.b", "blk.0.a"])).toEqual({
      order: "names",
      names: ["blk.0.a", "blk.0.b", "lm_head"],
    });
    expect(orderOf(["blk.0.b", "blk.0.a", "lm_head"]).order).toBe("file");
  });

  it(
    "puts embeddings first, the encoder before the decoder, attention before the feed-forward layer, and the " +
      "head last",
    () => {
      const sorted = [
        "decoder.block.0.fc",
        "encoder.block.0.fc",
        "layers.0.mlp.down_proj",
        "layers.0.mlp.gate_proj",
        "layers.0.self_attn.k_proj",
        "layers.0.self_attn.o_proj",
        "layers.0.self_attn.q_proj",
        "lm_head",
        "wte",
      ];
      expect(orderOf(sorted)).toEqual({
        order: "names",
        names: [
          "wte",
          "encoder.block.0.fc",
          ...["q_proj", "k_proj", "o_proj"].map((name) => `layers.0.self_attn.${name}`),
          ...["gate_proj", "down_proj"].map((name) => `layers.0.mlp.${name}`),
          "decoder.block.0.fc",
          "lm_head",
        ],
      });
    },
  );
});
