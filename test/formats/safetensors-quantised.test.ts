import { describe, expect, it } from "vitest";
import { openWeightFile, type WeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import * as build from "./build-quantised.js";
import {
  bf16,
  bytes,
  e4m3,
  e4m3Codes,
  f32,
  i32,
  i64,
  plainScales,
  rows,
  scrambled,
  u32,
  wordsOf,
} from "./build-quantised.js";
import { type StoredPart, safetensorsOfParts } from "./build-safetensors.js";
import { filesInMemory, tensorNamed, valuesOf } from "./files-in-memory.js";

const ENTRY = "model.safetensors";

function open(parts: Record<string, StoredPart>, config?: unknown): Promise<WeightFile> {
  const files: Record<string, Uint8Array | string> = { [ENTRY]: safetensorsOfParts(parts) };
  if (config !== undefined) files["config.json"] = typeof config === "string" ? config : JSON.stringify(config);
  return openWeightFile(filesInMemory(files, ENTRY));
}

/** What each published formula gives, rounded once. */
function rounded(values: readonly number[]): number[] {
  return values.map(Math.fround);
}

interface Case {
  readonly parts: Record<string, StoredPart>;
  readonly config?: unknown;
  readonly weight: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly bits: number;
}

function fp8Blocks(): Case {
  const codes = e4m3Codes(200 * 300);
  const scale = plainScales(2 * 3);
  return {
    parts: { "x.weight": bytes("F8_E4M3", [200, 300], codes), "x.weight_scale_inv": f32([2, 3], scale) },
    config: { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [200, 300],
    values: rows(200, 300, (i, j) => e4m3(codes[300 * i + j]) * scale[3 * Math.floor(i / 128) + Math.floor(j / 128)]),
    bits: 8 + (6 * 32) / 60_000,
  };
}

function fp8OfExperts(): Case {
  const codes = e4m3Codes(2 * 40 * 64);
  const scale = plainScales(2 * 2 * 2);
  return {
    parts: { "x.weight": bytes("F8_E4M3", [2, 40, 64], codes), "x.weight_scale_inv": bf16([2, 2, 2], scale) },
    config: { quantization_config: { weight_block_size: [32, 32] } },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [2, 40, 64],
    values: rows(
      80,
      64,
      (i, j) =>
        e4m3(codes[64 * i + j]) * scale[4 * Math.floor(i / 40) + 2 * Math.floor((i % 40) / 32) + Math.floor(j / 32)],
    ),
    bits: 8 + (8 * 16) / 5120,
  };
}

function fp8OfTensor(name: "weight_scale" | "scale_weight"): Case {
  const codes = e4m3Codes(6 * 5);
  return {
    parts: {
      "x.weight": bytes("F8_E4M3", [6, 5], codes),
      [`x.${name}`]: f32([], [0.375]),
      "x.input_scale": f32([], [2]),
    },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [6, 5],
    values: codes.map((code) => e4m3(code) * 0.375),
    bits: 8,
  };
}

function int8OfRows(): Case {
  const codes = scrambled(7 * 9, 255).map((code) => code - 127);
  const scale = plainScales(7);
  return {
    parts: {
      "x.weight": bytes(
        "I8",
        [7, 9],
        codes.map((code) => code & 255),
      ),
      "x.weight_scale": bf16([7, 1], scale),
    },
    weight: "x.weight",
    dtype: "I8",
    shape: [7, 9],
    values: rows(7, 9, (i, j) => codes[9 * i + j] * scale[i]),
    bits: 8 + (7 * 16) / 63,
  };
}

function mlxAffine(bits: number): Case {
  const [height, width, group] = [6, 96, 32];
  const codes = scrambled(height * width, 2 ** bits);
  const [scale, bias] = [plainScales(height * 3), plainScales(height * 3, 11)];
  return {
    parts: {
      "a.b.weight": u32([height, (width * bits) / 32], wordsOf(codes, bits)),
      "a.b.scales": bf16([height, 3], scale),
      "a.b.biases": bf16(
        [height, 3],
        bias.map((value) => -value),
      ),
    },
    config: { quantization: { group_size: 64, bits: 8, "a.b": { group_size: group, bits } } },
    weight: "a.b.weight",
    dtype: `MLX-${bits}bit`,
    shape: [height, width],
    values: rows(height, width, (i, j) => {
      const g = 3 * i + Math.floor(j / group);
      return codes[width * i + j] * scale[g] - bias[g];
    }),
    bits: bits + 32 / group,
  };
}

function mlxFloats(mode: "mxfp4" | "mxfp8" | "nvfp4"): Case {
  const bits = mode === "mxfp8" ? 8 : 4;
  const group = mode === "nvfp4" ? 16 : 32;
  const codes = bits === 8 ? e4m3Codes(4 * 64) : scrambled(4 * 64, 16);
  const scale =
    mode === "nvfp4" ? e4m3Codes((4 * 64) / group) : scrambled((4 * 64) / group, 20).map((code) => code + 117);
  const codeValue = (code: number): number => (bits === 8 ? e4m3(code) : build.E2M1_VALUES[code]);
  const scaleValue = (code: number): number => (mode === "nvfp4" ? e4m3(code) : 2 ** (code - 127));
  return {
    parts: {
      "x.weight": u32([4, (64 * bits) / 32], wordsOf(codes, bits)),
      "x.scales": bytes("U8", [4, 64 / group], scale),
    },
    config: { quantization: { group_size: group, bits, mode } },
    weight: "x.weight",
    dtype: `MLX-${mode}`,
    shape: [4, 64],
    values: codes.map((code, k) => codeValue(code) * scaleValue(scale[Math.floor(k / group)])),
    bits: bits + 8 / group,
  };
}

/** Columns packed one by one, as AutoGPTQ packs them. */
function gptq(
  bits: number,
  { order = "none", format = "gptq" }: { order?: "none" | "given"; format?: string } = {},
): Case {
  const [height, width, groups] = [128, 64, 4];
  const q = scrambled(height * width, 2 ** bits);
  const z = scrambled(groups * width, 2 ** bits - 1, 5);
  const scale = plainScales(groups * width);
  const groupOf = Array.from({ length: height }, (_, i) =>
    order === "given" ? (i * 37) % groups : Math.floor(i / (height / groups)),
  );
  const words = (height * bits) / 32;
  const columns = Array.from({ length: width }, (_, j) =>
    wordsOf(
      Array.from({ length: height }, (_, i) => q[i * width + j]),
      bits,
    ),
  );
  const zeroRows = Array.from({ length: groups }, (_, g) => wordsOf(z.slice(g * width, (g + 1) * width), bits));
  const shift = format === "gptq_v2" ? 0 : 1;
  return {
    parts: {
      "x.qweight": i32(
        [words, width],
        rows(words, width, (i, j) => columns[j][i]),
      ),
      "x.qzeros": i32([groups, (width * bits) / 32], zeroRows.flat()),
      "x.scales": bf16([groups, width], scale),
      ...(order === "given" ? { "x.g_idx": i32([height], groupOf) } : {}),
    },
    config: { quantization_config: { quant_method: "gptq", bits, checkpoint_format: format } },
    weight: "x.weight",
    dtype: `GPTQ-${bits}bit`,
    shape: [height, width],
    values: rows(
      height,
      width,
      (i, j) => scale[groupOf[i] * width + j] * (q[i * width + j] - (z[groupOf[i] * width + j] + shift)),
    ),
    bits: bits + (groups * width * (bits + 16)) / (height * width) + (order === "given" ? 32 / width : 0),
  };
}

function awq(): Case {
  const [height, width, groups] = [16, 24, 2];
  const q = scrambled(height * width, 16);
  const z = scrambled(groups * width, 16, 5);
  const scale = plainScales(groups * width);
  // AutoAWQ: nibble i of a word gets the column order_map[i] of its eight.
  const packed = (codes: readonly number[]): number[] =>
    Array.from({ length: codes.length / 8 }, (_, word) =>
      [0, 2, 4, 6, 1, 3, 5, 7].reduce((sum, column, i) => sum | (codes[8 * word + column] << (4 * i)), 0),
    );
  return {
    parts: {
      "x.qweight": i32([height, width / 8], packed(q)),
      "x.qzeros": i32([groups, width / 8], packed(z)),
      "x.scales": bf16([groups, width], scale),
    },
    weight: "x.weight",
    dtype: "AWQ-4bit",
    shape: [height, width],
    values: rows(height, width, (i, j) => {
      const g = Math.floor(i / (height / groups)) * width + j;
      return scale[g] * (q[i * width + j] - z[g]);
    }),
    bits: 4 + (groups * (16 + 4)) / height,
  };
}

const NF4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

function nf4(nested: boolean): Case {
  const [height, width, block] = [13, 11, 64];
  const count = height * width;
  const q = scrambled(count, 16);
  const blocks = Math.ceil(count / block);
  const codes = Array.from({ length: Math.ceil(count / 2) }, (_, k) => (q[2 * k] << 4) | (q[2 * k + 1] ?? 0));
  const absmaxCodes = scrambled(blocks, 256, 9);
  const map = plainScales(256, 13);
  const absmax = nested
    ? absmaxCodes.map((code, k) => map[code] * [0.5, 2][Math.floor(k / 2)] + 0.25)
    : plainScales(blocks);
  const state = { quant_type: "nf4", blocksize: block, dtype: "bfloat16", shape: [height, width] };
  const nestedState = { ...state, nested_blocksize: 2, nested_dtype: "float32", nested_offset: 0.25 };
  const text = [...new TextEncoder().encode(JSON.stringify(nested ? nestedState : state))];
  return {
    parts: {
      "x.weight": bytes("U8", [codes.length, 1], codes),
      "x.weight.absmax": nested ? bytes("U8", [blocks], absmaxCodes) : f32([blocks], absmax),
      "x.weight.quant_map": f32([16], NF4),
      ...(nested ? { "x.weight.nested_absmax": f32([2], [0.5, 2]), "x.weight.nested_quant_map": f32([256], map) } : {}),
      "x.weight.quant_state.bitsandbytes__nf4": bytes("U8", [text.length], text),
    },
    weight: "x.weight",
    dtype: "bnb-nf4",
    shape: [height, width],
    values: q.map((code, k) => NF4[code] * absmax[Math.floor(k / block)]),
    bits: (codes.length * 8 + (nested ? blocks * 8 + 64 : blocks * 32)) / count,
  };
}

function int8OfBitsandbytes(): Case {
  const codes = scrambled(5 * 6, 255).map((code) => code - 127);
  const scale = plainScales(5);
  return {
    parts: {
      "x.weight": bytes(
        "I8",
        [5, 6],
        codes.map((code) => code & 255),
      ),
      "x.SCB": f32([5], scale),
      "x.weight_format": bytes("U8", [], [0]),
    },
    weight: "x.weight",
    dtype: "bnb-int8",
    shape: [5, 6],
    values: rows(5, 6, (i, j) => (codes[6 * i + j] * scale[i]) / 127),
    bits: 8 + 32 / 6,
  };
}

/** Pairs of codes, the first in the lower half. */
function halves(codes: readonly number[]): number[] {
  return Array.from({ length: codes.length / 2 }, (_, k) => codes[2 * k] | (codes[2 * k + 1] << 4));
}

function mxfp4(): Case {
  const codes = scrambled(2 * 3 * 64, 16);
  const scale = scrambled(2 * 3 * 2, 30).map((code) => code + 110);
  return {
    parts: {
      "mlp.experts.down_proj_blocks": bytes("U8", [2, 3, 2, 16], halves(codes)),
      "mlp.experts.down_proj_scales": bytes("U8", [2, 3, 2], scale),
    },
    weight: "mlp.experts.down_proj",
    dtype: "MXFP4",
    shape: [2, 3, 64],
    values: codes.map((code, k) => build.E2M1_VALUES[code] * 2 ** (scale[Math.floor(k / 32)] - 127)),
    bits: 4.25,
  };
}

function nvfp4(by: "modelopt" | "compressed-tensors"): Case {
  const codes = scrambled(3 * 32, 16);
  const scale = e4m3Codes(3 * 2);
  const packed = by === "compressed-tensors";
  return {
    parts: {
      [packed ? "x.weight_packed" : "x.weight"]: bytes("U8", [3, 16], halves(codes)),
      "x.weight_scale": bytes("F8_E4M3", [3, 2], scale),
      [packed ? "x.weight_global_scale" : "x.weight_scale_2"]: f32(packed ? [1] : [], [packed ? 160 : 0.375]),
    },
    weight: "x.weight",
    dtype: "NVFP4",
    shape: [3, 32],
    values: codes.map((code, k) => {
      const s = e4m3(scale[Math.floor(k / 16)]);
      return build.E2M1_VALUES[code] * (packed ? s / 160 : s * 0.375);
    }),
    bits: 4.5,
  };
}

function packedIntegers(bits: number): Case {
  const [height, width, groups] = [5, 36, 3];
  const q = scrambled(height * width, 2 ** bits);
  const scale = plainScales(height * groups);
  const words = Math.ceil((width * bits) / 32);
  return {
    parts: {
      "x.weight_packed": i32(
        [height, words],
        Array.from({ length: height }, (_, i) => wordsOf(q.slice(i * width, (i + 1) * width), bits)).flat(),
      ),
      "x.weight_scale": bf16([height, groups], scale),
      "x.weight_shape": i64([2], [height, width]),
    },
    weight: "x.weight",
    dtype: `packed-int${bits}`,
    shape: [height, width],
    values: rows(
      height,
      width,
      (i, j) => (q[i * width + j] - 2 ** (bits - 1)) * scale[i * groups + Math.floor(j / 12)],
    ),
    bits: (height * words * 32 + height * groups * 16 + 128) / (height * width),
  };
}

const CASES: Record<string, Case> = {
  "FP8 under blocks of 128 x 128, cut at the edges": fp8Blocks(),
  "FP8 of experts, under the blocks that config.json says": fp8OfExperts(),
  "FP8 under one scale": fp8OfTensor("weight_scale"),
  "FP8 under one scale, as ComfyUI stores it": fp8OfTensor("scale_weight"),
  "int8 under a scale a row": int8OfRows(),
  "MLX of 2 bits": mlxAffine(2),
  "MLX of 3 bits": mlxAffine(3),
  "MLX of 4 bits": mlxAffine(4),
  "MLX of 5 bits": mlxAffine(5),
  "MLX of 6 bits": mlxAffine(6),
  "MLX of 8 bits": mlxAffine(8),
  "MLX in mode mxfp4": mlxFloats("mxfp4"),
  "MLX in mode mxfp8": mlxFloats("mxfp8"),
  "MLX in mode nvfp4": mlxFloats("nvfp4"),
  "GPTQ of 2 bits": gptq(2),
  "GPTQ of 3 bits": gptq(3),
  "GPTQ of 4 bits": gptq(4),
  "GPTQ of 4 bits in the order of g_idx": gptq(4, { order: "given" }),
  "GPTQ of 4 bits, second format": gptq(4, { format: "gptq_v2" }),
  "GPTQ of 8 bits": gptq(8),
  AWQ: awq(),
  "bitsandbytes nf4": nf4(false),
  "bitsandbytes nf4, doubly quantised": nf4(true),
  "bitsandbytes int8": int8OfBitsandbytes(),
  "MXFP4 of gpt-oss": mxfp4(),
  "NVFP4 of ModelOpt": nvfp4("modelopt"),
  "NVFP4 of compressed-tensors": nvfp4("compressed-tensors"),
  "packed integers of 4 bits": packedIntegers(4),
  "packed integers of 8 bits": packedIntegers(8),
};

const EVERYTHING = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 } as const;

describe("a weight stored as codes", () => {
  for (const [name, { parts, config, weight, dtype, shape, values, bits }] of Object.entries(CASES)) {
    it(`by ${name} is dequantised by the published formula`, async () => {
      const file = await open({ ...parts, "other.weight": f32([2, 2], [1, 2, 3, 4]) }, config);
      expect(file.warnings).toEqual([]);
      const tensor = tensorNamed(file, weight);
      expect(tensor).toMatchObject({ shape, dtype, floating: true, quantised: true, file: ENTRY });
      expect(tensor.storedBits).toBeCloseTo(bits, 10);
      expect(await valuesOf(tensor)).toEqual(rounded(values));
      const [from, to] = [Math.floor(values.length / 3) + 1, values.length - 2];
      expect(await valuesOf(tensor, { from, to, chunk: 7 })).toEqual(rounded(values.slice(from, to)));
    });

    it(`by ${name} is a layer, and its parts are listed as its own`, async () => {
      const file = await open(parts, config);
      expect(new Set(file.tensors.map((tensor) => tensor.name)).size).toBe(file.tensors.length);
      const { layers, skipped } = planLayers(file, EVERYTHING);
      expect(layers[0].tensorName).toBe(weight);
      expect(new Set(layers.map((layer) => layer.tensorName)).size).toBe(1);
      expect(layers[0].notes.join()).toMatch(new RegExp(`dequantised from ${dtype}`));
      expect(skipped.map((part) => part.name).sort()).toEqual(
        Object.keys(parts)
          .filter((part) => part !== weight)
          .sort(),
      );
      for (const { reason } of skipped) expect(reason).toBe(`belongs to ${weight}, which is read dequantised`);
    });
  }

  it("is put together across the shards of an index, which names its parts", async () => {
    const { parts, values } = CASES["GPTQ of 4 bits"];
    const { "x.qweight": codes, ...rest } = parts;
    const map = Object.fromEntries([
      ["x.qweight", "s1.safetensors"],
      ...Object.keys(rest).map((name) => [name, "s2.safetensors"]),
    ]);
    const files = filesInMemory(
      {
        "model.safetensors.index.json": JSON.stringify({ weight_map: map }),
        "s1.safetensors": safetensorsOfParts({ "x.qweight": codes }),
        "s2.safetensors": safetensorsOfParts(rest),
        "config.json": "{}",
      },
      "model.safetensors.index.json",
    );
    const file = await openWeightFile(files);
    expect(file.warnings).toEqual([]);
    expect(await valuesOf(tensorNamed(file, "x.weight"))).toEqual(rounded(values));
    expect(file.files.map(({ name }) => name)).toContain("config.json");
    await file.close();
    expect([...files.stillOpen]).toEqual([]);
  });

  it("opens no other file where no weight is stored so", async () => {
    const files = filesInMemory(
      { [ENTRY]: safetensorsOfParts({ "x.weight": f32([1, 1], [1]) }), "config.json": "{}" },
      ENTRY,
    );
    const file = await openWeightFile(files);
    expect(file.files.map(({ name }) => name)).toEqual([ENTRY]);
    expect(files.stillOpen.size).toBe(1);
  });

  const REFUSED: Record<string, { parts: Record<string, StoredPart>; config?: unknown; says: RegExp }> = {
    "MLX without config.json": {
      parts: CASES["MLX of 4 bits"].parts,
      says: /by MLX was not dequantised \(a\.b\.weight: config\.json does not give/,
    },
    "MLX with other bits than stored": {
      parts: CASES["MLX of 4 bits"].parts,
      config: { quantization: { group_size: 48, bits: 8 } },
      says: /do not fit 8 bits in groups of 48/,
    },
    "MLX in an unknown mode": {
      parts: CASES["MLX of 4 bits"].parts,
      config: { quantization: { group_size: 32, bits: 4, mode: "mxfp3" } },
      says: /its mode is "mxfp3"/,
    },
    "MLX beside a config.json that is none": {
      parts: CASES["MLX of 4 bits"].parts,
      config: "<html>",
      says: /quantisation settings were not used: config\.json.*not valid JSON/,
    },
    "FP8 under blocks of another size": {
      parts: CASES["FP8 of experts, under the blocks that config.json says"].parts,
      says: /scales of the shape \[2, 2, 2\] do not fit codes of the shape \[2, 40, 64\]/,
    },
    "int8 with zero points of another shape": {
      parts: { ...int8OfRows().parts, "x.weight_zero_point": bytes("I8", [1, 7], [0, 0, 0, 0, 0, 0, 0]) },
      says: /its zero points of the shape \[1, 7\] do not fit its scales/,
    },
    "GPTQ without zero points": {
      parts: { "x.qweight": gptq(4).parts["x.qweight"], "x.scales": gptq(4).parts["x.scales"] },
      says: /by GPTQ was not dequantised .*zero points are missing/,
    },
    "GPTQ with a g_idx of another length": {
      parts: { ...gptq(4).parts, "x.g_idx": i32([3], [0, 0, 0]) },
      says: /its g_idx has the shape \[3\], expected \[128\]/,
    },
    "AWQ in another layout": {
      parts: { ...awq().parts, "x.scales": bf16([2, 25], plainScales(50)) },
      says: /not those of 4 bits in the "gemm"/,
    },
    "nf4 whose state is no JSON": {
      parts: { ...nf4(false).parts, "x.weight.quant_state.bitsandbytes__nf4": bytes("U8", [2], [0x7b, 0xff]) },
      says: /state does not give its shape/,
    },
    "nf4 whose state says another shape": {
      parts: {
        ...nf4(false).parts,
        "x.weight.quant_state.bitsandbytes__nf4": bytes(
          "U8",
          [35],
          [...new TextEncoder().encode('{"shape":[1000000,1000000],"x":1.5}')],
        ),
      },
      says: /72 bytes of codes do not match 1000000000000 weights/,
    },
    "int8 in a kernel's layout": {
      parts: { ...int8OfBitsandbytes().parts, "x.weight_format": bytes("U8", [], [2]) },
      says: /layout of a kernel/,
    },
    "packed integers with zero points that are not packed": {
      parts: { ...packedIntegers(4).parts, "x.weight_zero_point": i32([5, 3], new Array(15).fill(0)) },
      says: /zero points of the shape \[5, 3\] are not packed down 5 rows/,
    },
    "a weight's name that another tensor bears": {
      parts: { ...gptq(4).parts, "x.weight": f32([1, 1], [1]) },
      says: /belongs to another weight/,
    },
    "no elements": {
      parts: { "x.weight": u32([0, 4], []), "x.scales": bf16([0, 1], []), "x.biases": bf16([0, 1], []) },
      config: { quantization: { group_size: 32, bits: 4 } },
      says: /its shape \[0, 32\] holds no weights/,
    },
  };
  for (const [name, { parts, config, says }] of Object.entries(REFUSED)) {
    it(`with ${name} stays as it is stored: a warning says why, and no code is taken for a weight`, async () => {
      const file = await open(parts, config);
      expect(file.warnings.join("\n")).toMatch(says);
      expect(file.tensors.map((tensor) => tensor.name).sort()).toEqual(Object.keys(parts).sort());
      const { layers } = planLayers(file, EVERYTHING);
      expect(layers).toEqual([]);
    });
  }

  it("by GPTQ whose g_idx names a group that is not there is refused when it is read", async () => {
    const { parts } = gptq(4, { order: "given" });
    const file = await open({ ...parts, "x.g_idx": i32([128], new Array(128).fill(4)) });
    await expect(valuesOf(tensorNamed(file, "x.weight"))).rejects.toThrow(
      /model\.safetensors, tensor "x\.g_idx": names group 4, but there are 4/,
    );
  });
});
