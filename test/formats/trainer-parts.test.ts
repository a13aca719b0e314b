import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { trainerParts } from "#eigenscope/formats/trainer-parts.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { EVERYTHING } from "../layers/tensors-in-memory.js";
import { Call, dict, Name, type Pickled, tuple } from "./build-pickle.js";
import { archiveOf, f32, tensor } from "./build-pytorch.js";
import { filesInMemory, refusal } from "./files-in-memory.js";

const flat = tensor({ key: "0", size: [6] });
const matrix = tensor({ key: "0", size: [2, 3] });
const empty = tensor({ key: "1", size: [0] });
const file = (pickle: Record<string, Pickled>): Uint8Array =>
  archiveOf({
    pickle: dict(pickle),
    records: { 0: f32(0, 1, 2, 3, 4, 5), 1: new Uint8Array(0), 2: f32(0, 1, 2, 3, 4, 5) },
  });
const open = (files: Record<string, Uint8Array>, entry?: string, root?: string) =>
  openWeightFile(filesInMemory(files, entry), { ...(root === undefined ? {} : { root }) });
const megatron = (parallel: number): Record<string, Pickled> => ({
  args: new Call(new Name("argparse", "Namespace"), [], {
    state: dict({ tensor_model_parallel_size: parallel, pipeline_model_parallel_size: 2 }),
  }),
  model: dict({ "fc.weight": matrix }),
});
const zero = {
  optimizer_state_dict: dict({ zero_stage: 3, partition_count: 2, fp32_flat_groups: [flat] }),
  ds_version: "0.14",
};

describe("one rank's part of a checkpoint", () => {
  it.each<[string, Record<string, Pickled>, RegExp]>([
    ["an optimizer of DeepSpeed ZeRO", zero, /one rank of DeepSpeed ZeRO \(stage 3, 2 ranks\).*zero_to_fp32\.py/],
    [
      "placeholders of ZeRO stage 3",
      { module: dict({ "fc.weight": empty }), ds_version: "0.14" },
      /stage 3: its 1 tensors are placeholders.*zero_to_fp32\.py/,
    ],
    [
      "a rank of Megatron",
      megatron(4),
      /tensor-parallel model of Megatron \(4 ranks\).*tools\/checkpoint\/convert\.py/,
    ],
    [
      "a rank of DeepSpeed",
      { module: dict({ w: matrix }), mp_world_size: 2 },
      /tensor-parallel model of DeepSpeed \(2 ranks\)/,
    ],
  ])("is refused by name, with what to run: %s", async (_, pickle, message) => {
    const error = await refusal(open({ "x.pt": file(pickle) }, "x.pt"));
    expect(error.kind).toBe("unsupported");
    expect(error.message).toMatch(message);
  });

  it.each<[string, Record<string, Pickled>]>([
    ["a stage of a pipeline", megatron(1)],
    ["DeepSpeed without model parallelism", { module: dict({ w: matrix }), mp_world_size: 1, ds_version: "0.14" }],
    ["an optimizer beside its model", { ...zero, module: dict({ w: matrix, b: empty }) }],
  ])("whose matrices are whole is read: %s", async (_, pickle) => {
    const { tensors } = await open({ "x.pt": file(pickle) }, "x.pt");
    expect(tensors.map(({ shape }) => shape)).toContainEqual([2, 3]);
  });

  const wrapped = (module: string, name: string): Pickled =>
    new Call(new Name("torch._tensor", "_rebuild_from_type_v2"), [
      new Name("torch._utils", "_rebuild_wrapper_subclass"),
      new Name(module, name),
      tuple(
        ...[new Name(module, name), new Name("torch", "float32"), tuple(4, 3), tuple(3, 1), 0],
        ...[new Name("torch", "strided"), "cpu", false],
      ),
      dict({ _local_tensor: matrix }),
    ]);
  const sharded = new Call(new Name("torch.distributed._shard.sharded_tensor.api", "ShardedTensor"), [], {
    state: tuple(
      [
        new Call(new Name("torch.distributed._shard.sharded_tensor.shard", "Shard"), [], {
          state: dict({ tensor: matrix }),
        }),
      ],
      null,
    ),
  });
  const PARTS: readonly (readonly [string, Pickled])[] = [
    ["DTensor of PyTorch 2.5", wrapped("torch.distributed.tensor", "DTensor")],
    ["DTensor before", wrapped("torch.distributed._tensor.api", "DTensor")],
    ["ShardedTensor", wrapped("torch.distributed._shard.sharded_tensor.api", "ShardedTensor")],
    ["ShardedTensor before PyTorch 1.13", sharded],
  ];

  it.each(PARTS)("of spread tensors (%s) is refused with what merges the ranks", async (_, part) => {
    const error = await refusal(open({ "rank.pt": file({ "fc.weight": part, "fc.bias": flat }) }, "rank.pt"));
    expect(error.kind).toBe("unsupported");
    expect(error.message).toMatch(/1 of its 2 tensors are parts of tensors.*FULL_STATE_DICT.*verl\.model_merger/);
  });

  it.each(PARTS)("of spread tensors (%s) beside a whole matrix has that as its only layer", async (_, part) => {
    const opened = await open({ "rank.pt": file({ "fc.weight": part, "out.weight": matrix }) }, "rank.pt");
    const { layers, skipped } = planLayers(opened, EVERYTHING);
    expect(layers.map(({ name }) => name)).toEqual(["out"]);
    expect(skipped.map(({ name, reason }) => [name, /one rank's part of a tensor/.test(reason)])).toEqual([
      ["fc.weight", true],
    ]);
  });

  it("is read where a root names a part of it", async () => {
    const root = "optimizer_state_dict.fp32_flat_groups";
    expect((await open({ "x.pt": file(zero) }, "x.pt", root)).tensors).toHaveLength(1);
  });

  it("of FSDP says what its flat parameters are", async () => {
    const opened = await open(
      { "x.pt": file({ "_fsdp_wrapped_module.flat_param": flat, _flat_param: tensor({ key: "2", size: [6] }) }) },
      "x.pt",
    );
    const { layers, skipped } = planLayers(opened, EVERYTHING);
    expect(layers).toEqual([]);
    for (const { reason } of skipped) expect(reason).toMatch(/^a flat parameter of FSDP .*FULL_STATE_DICT/);
  });
});

describe("the names of a folder", () => {
  it.each([
    [["zero_pp_rank_0_mp_rank_00_model_states.pt"], /DeepSpeed ZeRO/],
    [["a/mp_rank_00", "a/mp_rank_01"], /model-parallel checkpoint \(Megatron\)/],
    [["a/mp_rank_00_000", "a/mp_rank_01_000"], /Megatron/],
    [["mp_rank_00_model_states.pt", "mp_rank_01_model_states.pt"], /Megatron/],
    [["consolidated.00.pth", "consolidated.01.pth"], /\(Meta's\)/],
    [["model_world_size_2_rank_0.pt", "model_world_size_2_rank_1.pt"], /FSDP/],
  ])("tell the ranks of a trainer: %j", (names, what) => {
    expect(trainerParts(names)?.what).toMatch(what);
  });

  it.each([
    [["mp_rank_00_000", "mp_rank_00_001"]],
    [["mp_rank_00"]],
    [["consolidated.00.pth"]],
    [["consolidated.00.pth", "other.pth"]],
    [["model_rank_0.pt"]],
    [[]],
  ])("tell no ranks where there is one, or stages of a pipeline: %j", (names) => {
    expect(trainerParts(names)).toBeUndefined();
  });

  it("with ranks are refused together", async () => {
    const files = { "consolidated.00.pth": file({ w: matrix }), "consolidated.01.pth": file({ w: matrix }) };
    expect((await refusal(open(files))).message).toMatch(/these are the ranks of .*: consolidated\.00\.pth, conso/);
    const states = { "bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt": file(zero) };
    expect((await refusal(open(states))).message).toMatch(
      /the folder holds the ranks of a DeepSpeed ZeRO.*zero_to_fp32/,
    );
  });
});
