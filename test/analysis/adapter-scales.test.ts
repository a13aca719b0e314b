import { describe, expect, it } from "vitest";
import { openModel } from "#eigenscope/analysis/open-model.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { ggufWith, pair } from "../formats/build-gguf.js";
import { safetensorsOf, safetensorsWith } from "../formats/build-safetensors.js";
import { concat, filesInMemory } from "../formats/files-in-memory.js";
import { matricesOf } from "../layers/tensors-in-memory.js";

const [OUT, IN, RANK] = [6, 5, 2];
const normal = normalSampler(createRng(14));
const A = Float32Array.from({ length: RANK * IN }, normal);
const B = Float32Array.from({ length: OUT * RANK }, normal);
const BA = Array.from({ length: OUT }, (_, i) =>
  Array.from({ length: IN }, (__, j) => B[2 * i] * A[j] + B[2 * i + 1] * A[IN + j]),
);

const factors = (a: string, b: string) => ({
  [a]: { shape: [RANK, IN], values: A },
  [b]: { shape: [OUT, RANK], values: B },
});
const peft = (module: string) => factors(`${module}.lora_A.weight`, `${module}.lora_B.weight`);

/** The scale on B A in each layer, read off its values, and the warnings. */
async function scalesOf(files: Record<string, Uint8Array | string>) {
  const { layers, file } = await openModel(filesInMemory(files), resolveOptions({ minEigenvalues: 1 }));
  const scales: Record<string, number> = {};
  for (const layer of layers) {
    const [rows] = await matricesOf(layer);
    const scale = rows[0][0] / BA[0][0];
    rows.forEach((row, i) => {
      row.forEach((value, j) => {
        // Products and sums of two f32 in f64: some 2^-50 of the largest entry.
        expect(value).toBeCloseTo(scale * BA[i][j], 10);
      });
    });
    scales[layer.name] = Math.round(scale * 1e9) / 1e9;
  }
  await file.close();
  return { scales, warnings: file.warnings, notes: layers.flatMap(({ notes }) => notes) };
}

describe("the scale of an adapter", () => {
  it("comes from patterns that are regular expressions in adapter_config.json", async () => {
    const config = {
      ...{ peft_type: "LORA", r: RANK, lora_alpha: 4 },
      alpha_pattern: { ".*\\.layers\\.3\\..*(q_proj|k_proj)$": 32, "^v_proj": 20 },
    };
    const modules = ["layers.3.attn.q_proj", "layers.4.attn.q_proj", "layers.3.attn.v_proj"];
    const { scales } = await scalesOf({
      "adapter_config.json": JSON.stringify(config),
      "adapter_model.safetensors": safetensorsWith(
        Object.assign({}, ...modules.map((module) => peft(`base_model.model.model.${module}`))),
      ),
    });
    expect(scales).toEqual({
      "model.layers.3.attn.q_proj": 16,
      "model.layers.4.attn.q_proj": 2,
      "model.layers.3.attn.v_proj": 2,
    });
  });

  const withHeader = (metadata: unknown): Uint8Array => {
    const plain = safetensorsWith({ ...peft("transformer.blocks.0.norm.linear"), ...peft("transformer.attn.to_q") });
    const length = Number(new DataView(plain.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(plain.subarray(8, 8 + length));
    const text = typeof metadata === "string" ? metadata : JSON.stringify(metadata);
    return safetensorsOf(
      `{"__metadata__":{"lora_adapter_metadata":${JSON.stringify(text)}},${header.slice(1)}`,
      concat(plain.subarray(8 + length)),
    );
  };

  it("comes from Diffusers' metadata in the header, by component", async () => {
    const { scales } = await scalesOf({
      "pytorch_lora_weights.safetensors": withHeader({
        "transformer.r": RANK,
        "transformer.lora_alpha": 8,
        "transformer.alpha_pattern": { "(to_q|to_k)": 10 },
        "text_encoder.lora_alpha": 100,
      }),
    });
    expect(scales).toEqual({ "transformer.blocks.0.norm.linear": 4, "transformer.attn.to_q": 5 });
  });

  it("is not known where that metadata are not JSON, which is said", async () => {
    const { scales, warnings, notes } = await scalesOf({ "x.safetensors": withHeader("{") });
    expect(Object.values(scales)).toEqual([1, 1]);
    expect(warnings[0]).toMatch(/^lora_adapter_metadata in the file's header was not read/);
    expect(notes.filter((note) => note.startsWith("the scale of this adapter is not known"))).toHaveLength(2);
  });

  it.each([
    ["adapter.lora.alpha", [pair.f32("adapter.lora.alpha", 6)], 3],
    ["1 without it, as llama.cpp has it", [], 1],
  ])("of a GGUF adapter is %s", async (_, pairs, scale) => {
    const tensor = (values: Float32Array, dimensions: number[]) => ({
      ...{ type: 0, dimensions, bytes: new Uint8Array(values.buffer) },
    });
    const { scales, notes } = await scalesOf({
      "lora.gguf": ggufWith(
        { "blk.0.attn_q.weight.lora_a": tensor(A, [IN, RANK]), "blk.0.attn_q.weight.lora_b": tensor(B, [RANK, OUT]) },
        { pairs: [pair.text("general.type", "adapter"), pair.text("adapter.type", "lora"), ...pairs] },
      ),
    });
    expect(scales).toEqual({ "blk.0.attn_q": scale });
    expect(notes.join()).not.toContain("not known");
  });
});
