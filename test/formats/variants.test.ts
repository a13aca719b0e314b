import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { mostPrecise } from "#eigenscope/formats/variants.js";
import { ones, onnxOf } from "./build-onnx.js";
import { safetensorsWith } from "./build-safetensors.js";
import { filesInMemory, refusal } from "./files-in-memory.js";

const one = (name: string): Uint8Array => safetensorsWith({ [name]: { shape: [1], values: [1] } });
const S = ".safetensors";

describe("files of one folder", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["fp32 before the plain name", [`model.fp32${S}`, `model${S}`], [`model.fp32${S}`]],
    ["the plain name before fp16", [`model.fp16${S}`, `model${S}`], [`model${S}`]],
    ["fp16 before bf16, whose fraction is shorter", [`m.bf16${S}`, `m.fp16${S}`], [`m.fp16${S}`]],
    ["bf16 before int8, fp8 and 4 bits", ["m_bf16.onnx", "m_int8.onnx", "m_q4.onnx", "m_fp8.onnx"], ["m_bf16.onnx"]],
    ...["q4f16", "nf4", "fp4", "nvfp4", "mxfp4", "bnb4", "awq", "gptq"].map((word): [string, string[], string[]] => [
      `int8 before ${word}`,
      [`m-${word}${S}`, `m-int8${S}`],
      [`m-int8${S}`],
    ]),
    ["int8 before fp8", [`m-int8${S}`, `m-fp8_e4m3fn${S}`], [`m-int8${S}`]],
    ["the plain name before an average", [`unet.ema${S}`, `unet${S}`, `unet.non_ema${S}`], [`unet${S}`]],
    ["trained weights before their average", [`unet.ema${S}`, `unet.non_ema${S}`], [`unet.non_ema${S}`]],
    ["precision before averages", [`u.fp16.non_ema${S}`, `u.fp32.ema${S}`], [`u.fp32.ema${S}`]],
    [
      "all shards of the best",
      ["00001", "00002"].flatMap((k) => [`m-${k}-of-00002${S}`, `m.fp16-${k}-of-00002${S}`]),
      [`m-00001-of-00002${S}`, `m-00002-of-00002${S}`],
    ],
    ["originals before consolidated copies", [`consolidated${S}`, `model${S}`], [`model${S}`]],
    ["consolidated ones where there is nothing else", [`consolidated${S}`], [`consolidated${S}`]],
    ["no one of different stems", [`encoder.fp16${S}`, `decoder${S}`], [`encoder.fp16${S}`, `decoder${S}`]],
    ["no part of a word", [`schema${S}`, `sch${S}`, `half_life${S}`], [`schema${S}`, `sch${S}`, `half_life${S}`]],
  ])("that are variants of one model: %s", (_, names, kept) => {
    const found = mostPrecise(names);
    expect(found.kept).toEqual(kept);
    expect([...found.left].sort()).toEqual(names.filter((name) => !kept.includes(name)).sort());
  });

  it("with variants give one model, each matrix once, and the report says which were left", async () => {
    const names = [`model.fp16${S}`, `model${S}`, `consolidated${S}`];
    const files = Object.fromEntries(names.map((name) => [name, one(name.startsWith("c") ? "w1" : "w")]));
    const file = await openWeightFile(filesInMemory(files));
    expect(file.files.map(({ name }) => name)).toEqual([`model${S}`]);
    expect(file.warnings).toEqual([
      `other variants of the same weights in the folder were skipped, of which model${S} is the most precise ` +
        `or original: consolidated${S}, model.fp16${S}`,
    ]);
  });

  it("of a format with one file a model are read where they are variants, and refused elsewhere", async () => {
    const model = onnxOf({ initializers: [ones("w", 2, 2)] });
    const file = await openWeightFile(filesInMemory({ "model.onnx": model, "model_quantized.onnx": model }));
    expect(file.files.map(({ name }) => name)).toEqual(["model.onnx"]);
    const two = await refusal(openWeightFile(filesInMemory({ "encoder.onnx": model, "decoder.onnx": model })));
    expect(two.message).toMatch(/several models: decoder\.onnx, encoder\.onnx/);
  });
});
