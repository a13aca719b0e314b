import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openWeightFile, type WeightFile } from "#eigenscope/formats/index.js";
import { SCHEMES } from "#eigenscope/formats/quantised/schemes.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { awqGemv, bitnet, fnuzScaled, marlin } from "./build-kernel-layouts.js";
import {
  bf16,
  bytes,
  E2M1_VALUES,
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
const EVERYTHING = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 } as const;

interface Stored {
  readonly parts: Record<string, StoredPart>;
  readonly config?: unknown;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

function open({ parts, config, metadata }: Stored): Promise<WeightFile> {
  const files: Record<string, Uint8Array | string> = { [ENTRY]: safetensorsOfParts(parts, metadata) };
  if (config !== undefined) files["config.json"] = JSON.stringify(config);
  return openWeightFile(filesInMemory(files, ENTRY));
}

interface Case extends Stored {
  readonly weight: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** What the published formula gives, row by row. */
  readonly values: readonly number[];
}

const signed = (codes: readonly number[], bits = 8): number[] => codes.map((code) => code & (2 ** bits - 1));
const halves = (codes: readonly number[]): number[] =>
  Array.from({ length: codes.length / 2 }, (_, k) => codes[2 * k] | (codes[2 * k + 1] << 4));
const powers = (count: number): number[] => scrambled(count, 12, 4).map((code) => code + 120);

/** FP8 codes of 6 x 10 with one scale, under the names of several libraries. */
function fp8(codesName: string, scaleName: string, more: Partial<Case> = {}): Case {
  const codes = e4m3Codes(60);
  return {
    parts: { [codesName]: bytes("F8_E4M3", [6, 10], codes), [scaleName]: f32([1], [0.375]) },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [6, 10],
    values: codes.map((code) => e4m3(code) * 0.375),
    ...more,
  };
}

/** DeepSeek-V4: `.scale`, powers of two in E8M0; the last blocks are partial. */
function fp8UnderPowers(): Case {
  const codes = e4m3Codes(200 * 140);
  const scale = powers(4);
  return {
    parts: { "x.weight": bytes("F8_E4M3", [200, 140], codes), "x.scale": bytes("F8_E8M0", [2, 2], scale) },
    config: { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [200, 140],
    values: rows(
      200,
      140,
      (i, j) => e4m3(codes[140 * i + j]) * 2 ** (scale[2 * Math.floor(i / 128) + Math.floor(j / 128)] - 127),
    ),
  };
}

/** Blocks that only the shapes tell: 64 x 32 of 128 x 96. */
function fp8UnderOtherBlocks(): Case {
  const codes = e4m3Codes(128 * 96);
  const scale = plainScales(2 * 3);
  return {
    parts: { "x.weight": bytes("F8_E4M3", [128, 96], codes), "x.weight_scale": f32([2, 3], scale) },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [128, 96],
    values: rows(128, 96, (i, j) => e4m3(codes[96 * i + j]) * scale[3 * Math.floor(i / 64) + Math.floor(j / 32)]),
  };
}

/** MXFP8 as ModelOpt stores it: exponents as plain bytes, one for 32 codes of a row. */
function mxfp8(): Case {
  const codes = e4m3Codes(3 * 64);
  const scale = powers(6);
  return {
    parts: { "x.weight": bytes("F8_E4M3", [3, 64], codes), "x.weight_scale": bytes("U8", [3, 2], scale) },
    weight: "x.weight",
    dtype: "F8_E4M3",
    shape: [3, 64],
    values: rows(3, 64, (i, j) => e4m3(codes[64 * i + j]) * 2 ** (scale[2 * i + Math.floor(j / 32)] - 127)),
  };
}

/** Stacked experts under one name, their scales along `axes`. */
function fp8Experts(scaleShape: readonly number[], indexOf: (e: number, i: number, j: number) => number): Case {
  const codes = e4m3Codes(3 * 8 * 12);
  const scale = plainScales(scaleShape.reduce((product, side) => product * side, 1));
  return {
    parts: {
      "mlp.experts.gate_up_proj": bytes("F8_E4M3", [3, 8, 12], codes),
      "mlp.experts.gate_up_proj_scale": bf16(scaleShape, scale),
    },
    weight: "mlp.experts.gate_up_proj",
    dtype: "F8_E4M3",
    shape: [3, 8, 12],
    values: rows(24, 12, (r, j) => e4m3(codes[12 * r + j]) * scale[indexOf(Math.floor(r / 8), r % 8, j)]),
  };
}

/** compressed-tensors, int-quantized with zero points in groups of 4 columns. */
function int8Shifted(): Case {
  const codes = scrambled(5 * 12, 255).map((code) => code - 127);
  const zero = scrambled(15, 31, 2).map((code) => code - 15);
  const scale = plainScales(15);
  return {
    parts: {
      "x.weight": bytes("I8", [5, 12], signed(codes)),
      "x.weight_scale": bf16([5, 3], scale),
      "x.weight_zero_point": bytes("I8", [5, 3], signed(zero)),
    },
    config: { quantization_config: { quant_method: "compressed-tensors", format: "int-quantized" } },
    weight: "x.weight",
    dtype: "I8",
    shape: [5, 12],
    values: rows(5, 12, (i, j) => {
      const g = 3 * i + Math.floor(j / 4);
      return (codes[12 * i + j] - zero[g]) * scale[g];
    }),
  };
}

function eetq(): Case {
  const codes = scrambled(9 * 9, 201).map((code) => code - 100);
  const scale = plainScales(9);
  return {
    parts: { "x.weight": bytes("I8", [9, 9], signed(codes)), "x.weight_scales": bf16([9], scale) },
    weight: "x.weight",
    dtype: "I8",
    shape: [9, 9],
    // Square: the scales belong to the columns, as EETQ stores in x out.
    values: rows(9, 9, (i, j) => codes[9 * i + j] * scale[j]),
  };
}

const INT4_TENSOR = { "x.weight": '{"_type": "Int4Tensor", "_data": {"block_size": [1, 8], "shape": [6, 16]}}' };

function torchaoInt4(names: "flat" | "colon"): Case {
  const codes = scrambled(6 * 16, 16);
  const [scale, zero] = [plainScales(12), plainScales(12, 3)];
  const name = (attribute: string): string => (names === "flat" ? `x._weight_${attribute}` : `x.weight:${attribute}`);
  return {
    parts: {
      [name("qdata")]: bytes("U8", [6, 8], halves(codes)),
      [name("scale")]: bf16([2, 6], scale),
      [name("zero_point")]: bf16([2, 6], zero),
    },
    metadata: names === "flat" ? INT4_TENSOR : undefined,
    weight: "x.weight",
    dtype: "torchao-int4",
    shape: [6, 16],
    values: rows(6, 16, (i, j) => {
      const g = 6 * Math.floor(j / 8) + i;
      const code = codes[16 * i + j];
      return (code < 8 ? code : code - 16) * scale[g] + zero[g];
    }),
  };
}

function hqq(bits: number, axis: 0 | 1): Case {
  const [height, width, size] = [10, 16, 8];
  const q = scrambled(height * width, 2 ** bits);
  const groups = (height * width) / size;
  const [scale, zero] = [plainScales(groups), plainScales(groups, 3)];
  const [tall, wide] = axis === 1 ? [groups, size] : [size, groups];
  const perInteger = { 8: 1, 4: 2, 3: 10, 2: 4 }[bits]!;
  const packedRows = Math.ceil(tall / perInteger);
  const packed = rows(packedRows, wide, (i, j) =>
    Array.from(
      { length: perInteger },
      (_, k) => (q[(k * packedRows + i) * wide + j] ?? 0) << (bits * (perInteger - 1 - k)),
    ).reduce((sum, one) => sum | one, 0),
  );
  const shaped = axis === 1 ? [groups, 1] : [1, groups];
  return {
    parts: {
      "x.W_q": bits === 3 ? i32([packedRows, wide], packed) : bytes("U8", [packedRows, wide], packed),
      "x.scale": bf16(shaped, scale),
      "x.zero": bf16(shaped, zero),
      "x.nbits": i64([1], [bits]),
      "x.axis": i64([1], [axis]),
      "x.group_size": i64([1], [size]),
      "x.shape": i64([2], [height, width]),
      "x.packing": bytes("U8", [4], [52, 98, 105, 116]),
    },
    weight: "x.weight",
    dtype: `HQQ-${bits}bit`,
    shape: [height, width],
    values: q.map((code, k) => {
      const g = axis === 1 ? Math.floor(k / size) : k % groups;
      return (code - zero[g]) * scale[g];
    }),
  };
}

function packedIntegers({ zeros, order }: { zeros: boolean; order: boolean }): Case {
  const [height, width, groups] = [11, 24, 3];
  const q = scrambled(height * width, 16);
  const z = scrambled(height * groups, 16, 5);
  const scale = plainScales(height * groups);
  const groupOf = Array.from({ length: width }, (_, j) => (order ? (j * 7) % groups : Math.floor(j / 8)));
  const packedZeros = Array.from({ length: groups }, (_, g) =>
    wordsOf(
      Array.from({ length: height }, (_, i) => z[i * groups + g]),
      4,
    ),
  );
  return {
    parts: {
      "x.weight_packed": i32(
        [height, 3],
        Array.from({ length: height }, (_, i) => wordsOf(q.slice(i * width, (i + 1) * width), 4)).flat(),
      ),
      "x.weight_scale": bf16([height, groups], scale),
      "x.weight_shape": i64([2], [height, width]),
      ...(zeros
        ? {
            "x.weight_zero_point": i32(
              [2, groups],
              rows(2, groups, (w, g) => packedZeros[g][w]),
            ),
          }
        : {}),
      ...(order ? { "x.weight_g_idx": i32([width], groupOf) } : {}),
    },
    weight: "x.weight",
    dtype: "packed-int4",
    shape: [height, width],
    values: rows(height, width, (i, j) => {
      const g = i * groups + groupOf[j];
      return (q[i * width + j] - (zeros ? z[g] : 8)) * scale[g];
    }),
  };
}

/** Two of every four entries, at positions that differ from row to row. */
function sparse24(dtype: "BF16" | "F8_E4M3"): Case {
  const [height, width] = [6, 20];
  const kept = (i: number, j: number): boolean => (i + (j >> 2)) % 2 === (j >> (i % 2)) % 2;
  const mask = rows(height, width, (i, j) => kept(i, j));
  const count = mask.filter(Boolean).length;
  const codes = e4m3Codes(count);
  const entries = dtype === "BF16" ? plainScales(count) : codes.map(e4m3);
  const scale = dtype === "BF16" ? new Array(height).fill(1) : plainScales(height);
  let next = 0;
  const values = rows(height, width, (i, j) => (kept(i, j) ? entries[next++] * scale[i] : 0));
  const bits = Array.from({ length: height * 3 }, (_, k) =>
    Array.from({ length: 8 }, (_, b) => {
      const [i, j] = [Math.floor(k / 3), 8 * (k % 3) + b];
      return j < width && kept(i, j) ? 1 << b : 0;
    }).reduce((sum: number, one) => sum | one, 0),
  );
  return {
    parts: {
      "x.weight.compressed":
        dtype === "BF16" ? bf16([height, count / height], entries) : bytes("F8_E4M3", [height, count / height], codes),
      "x.weight.bitmask": bytes("U8", [height, 3], bits),
      "x.weight.shape": i64([2], [height, width]),
      ...(dtype === "BF16" ? {} : { "x.weight_scale": bf16([height, 1], scale) }),
    },
    weight: "x.weight",
    dtype: `sparse-${dtype}`,
    shape: [height, width],
    values,
  };
}

/** "sparse-bitmask": rows of any number of entries, and where each begins. */
function sparseRows(): Case {
  const mask = [0b1011, 0, 0b1111, 0b0100];
  const entries = plainScales(8);
  let next = 0;
  const values = rows(4, 4, (i, j) => ((mask[i] >> j) & 1 ? entries[next++] : 0));
  return {
    parts: {
      "x.weight.compressed": f32([8], entries),
      "x.weight.bitmask": bytes("U8", [4, 1], mask),
      "x.weight.row_offsets": i64([4], [0, 3, 3, 7]),
      "x.weight.shape": i64([2], [4, 4]),
    },
    weight: "x.weight",
    dtype: "sparse-F32",
    shape: [4, 4],
    values,
  };
}

/** NVFP4 of stacked experts: one factor per expert, or one for each half of its rows. */
function nvfp4Experts(factors: readonly number[], shape: readonly number[]): Case {
  const codes = scrambled(2 * 4 * 32, 16);
  const scale = e4m3Codes(2 * 4 * 2);
  const perFactor = 8 / factors.length;
  return {
    parts: {
      "mlp.experts.w13_weight": bytes("U8", [2, 4, 16], halves(codes)),
      "mlp.experts.w13_weight_scale": bytes("F8_E4M3", [2, 4, 2], scale),
      "mlp.experts.w13_weight_scale_2": f32(shape, factors),
    },
    weight: "mlp.experts.w13_weight",
    dtype: "NVFP4",
    shape: [2, 4, 32],
    values: codes.map(
      (code, k) => E2M1_VALUES[code] * (e4m3(scale[Math.floor(k / 16)]) * factors[Math.floor(k / 32 / perFactor)]),
    ),
  };
}

/** FP4 in bytes under powers of two for 32 codes: DeepSeek-V4's experts, Quark's MXFP4. */
function mxfp4(codesType: "I8" | "U8", scaleName: string, scaleType: "F8_E8M0" | "U8"): Case {
  const codes = scrambled(3 * 64, 16);
  const scale = powers(6);
  return {
    parts: { "x.weight": bytes(codesType, [3, 32], halves(codes)), [scaleName]: bytes(scaleType, [3, 2], scale) },
    weight: "x.weight",
    dtype: "MXFP4",
    shape: [3, 64],
    values: codes.map((code, k) => E2M1_VALUES[code] * 2 ** (scale[Math.floor(k / 32)] - 127)),
  };
}

/** GPTQ of 4 bits whose zero points are all `zero` as stored. */
function gptqSymmetric(zero: number, config: object, shift: number): Case {
  const [height, width] = [16, 8];
  const q = scrambled(height * width, 16);
  const scale = plainScales(2 * width);
  const words = Array.from({ length: width }, (_, j) =>
    wordsOf(
      Array.from({ length: height }, (_, i) => q[i * width + j]),
      4,
    ),
  );
  return {
    parts: {
      "x.qweight": i32(
        [2, width],
        rows(2, width, (w, j) => words[j][w]),
      ),
      "x.qzeros": i32([2, 1], [...wordsOf(new Array(8).fill(zero), 4), ...wordsOf(new Array(8).fill(zero), 4)]),
      "x.scales": bf16([2, width], scale),
    },
    config: { quantization_config: config },
    weight: "x.weight",
    dtype: "GPTQ-4bit",
    shape: [height, width],
    values: rows(height, width, (i, j) => scale[Math.floor(i / 8) * width + j] * (q[i * width + j] - (zero + shift))),
  };
}

/** MLX whose configuration has the settings of other layers. */
function mlx(bits: number, group: number, quantization: object | undefined): Case {
  const q = scrambled(4 * 128, 2 ** bits);
  const groups = 128 / group;
  const [scale, bias] = [plainScales(4 * groups), plainScales(4 * groups, 3)];
  return {
    parts: {
      "x.weight": u32([4, (128 * bits) / 32], wordsOf(q, bits)),
      "x.scales": bf16([4, groups], scale),
      "x.biases": bf16([4, groups], bias),
    },
    config: quantization === undefined ? undefined : { quantization },
    weight: "x.weight",
    dtype: `MLX-${bits}bit`,
    shape: [4, 128],
    values: rows(4, 128, (i, j) => {
      const g = groups * i + Math.floor(j / group);
      return q[128 * i + j] * scale[g] + bias[g];
    }),
  };
}

function keras(word: "kernel" | "embeddings"): Case {
  // The largest code under each scale is 127.
  const codes = rows(5, 7, (i, j) => (i === j % 5 ? 127 : ((31 * i + 17 * j) % 250) - 125));
  const scale = plainScales(word === "kernel" ? 7 : 5);
  return {
    parts: { [word]: bytes("I8", [5, 7], signed(codes)), [`${word}_scale`]: f32([scale.length], scale) },
    weight: word,
    dtype: "keras-int8",
    shape: [5, 7],
    values: rows(5, 7, (i, j) => codes[7 * i + j] / scale[word === "kernel" ? j : i]),
  };
}

const CASES: Record<string, Case> = {
  "FP8 under ComfyUI's scale_weight": fp8("x.weight", "x.scale_weight"),
  "FP8 under Mistral's qscale_weight": fp8("x.weight", "x.qscale_weight"),
  "FP8 under TensorRT-LLM's weights_scaling_factor": fp8("x.weight", "x.weights_scaling_factor"),
  "FP8 under .scale": fp8("x.weight", "x.scale"),
  "torchao's Float8Tensor": fp8("x._weight_qdata", "x._weight_scale", {
    metadata: { "x.weight": '{"_type": "Float8Tensor", "_data": {"block_size": [6, 10]}}' },
  }),
  "torchao's first names, with colons": fp8("x.weight:_data", "x.weight:scale"),
  "torchao's AffineQuantizedTensor": fp8("x.weight:tensor_impl:float8_data", "x.weight:tensor_impl:scale"),
  "quanto's qfloat8": fp8("x.weight._data", "x.weight._scale"),
  "FP8 under powers of two in E8M0": fp8UnderPowers(),
  "FP8 under blocks that the shapes tell": fp8UnderOtherBlocks(),
  MXFP8: mxfp8(),
  "FP8 experts with a scale each": fp8Experts([3], (e) => e),
  "FP8 experts with a scale for gate and one for up": fp8Experts([3, 2], (e, i) => 2 * e + Math.floor(i / 4)),
  "FP8 experts with a scale a row": fp8Experts([3, 8, 1], (e, i) => 8 * e + i),
  "FP8 experts with a scale a column, stored in x out": fp8Experts([3, 1, 12], (e, _, j) => 12 * e + j),
  "int8 with zero points": int8Shifted(),
  EETQ: eetq(),
  "torchao's Int4Tensor": torchaoInt4("flat"),
  "torchao's Int4Tensor with colons and no metadata": torchaoInt4("colon"),
  "HQQ of 8 bits": hqq(8, 1),
  "HQQ of 4 bits": hqq(4, 1),
  "HQQ of 4 bits along the other axis": hqq(4, 0),
  "HQQ of 3 bits": hqq(3, 1),
  "HQQ of 2 bits": hqq(2, 0),
  "packed integers with zero points": packedIntegers({ zeros: true, order: false }),
  "packed integers in an order of groups": packedIntegers({ zeros: false, order: true }),
  "packed integers with zero points in an order of groups": packedIntegers({ zeros: true, order: true }),
  "2:4 sparsity with its bitmask": sparse24("BF16"),
  "2:4 sparsity of FP8 under scales": sparse24("F8_E4M3"),
  "sparse rows with offsets": sparseRows(),
  "NVFP4 experts with a factor each": nvfp4Experts([0.5, 3], [2]),
  "NVFP4 experts with a factor for gate and one for up": nvfp4Experts([0.5, 3, 2, 0.25], [2, 2]),
  "DeepSeek-V4's FP4 experts": mxfp4("I8", "x.scale", "F8_E8M0"),
  "Quark's MXFP4": mxfp4("U8", "x.weight_scale", "U8"),
  "GPTQ v1": gptqSymmetric(7, { quant_method: "gptq", checkpoint_format: "gptq" }, 1),
  "GPTQ that declares v1 and holds the zero points of v2": gptqSymmetric(8, { checkpoint_format: "gptq" }, 0),
  "GPTQ that declares v2 and holds the zero points of v1": gptqSymmetric(7, { checkpoint_format: "gptq_v2" }, 1),
  "GPTQ of equal zero points that are not symmetric": gptqSymmetric(6, { checkpoint_format: "gptq" }, 1),
  "AutoRound in its own format": gptqSymmetric(5, { quant_method: "auto-round", packing_format: "auto_round" }, 0),
  "AutoRound in AutoGPTQ's format": gptqSymmetric(
    5,
    { quant_method: "auto-round", packing_format: "auto_round:auto_gptq" },
    1,
  ),
  "MLX of 6 bits where config.json says 4": mlx(6, 64, { bits: 4, group_size: 64 }),
  "MLX of 5 bits without config.json": mlx(5, 64, undefined),
  "Marlin in groups of 16": marlin(32, 128, 2),
  "Marlin with one group": marlin(32, 64, 1),
  "AWQ's gemv layout in groups of 32": awqGemv({ outputs: 6, inputs: 64, group: 32, width: 4 }),
  "AWQ's gemv layout in groups of 64": awqGemv({ outputs: 6, inputs: 64 * 3, group: 64, width: 2 }),
  "AWQ's gemv layout in groups of 128 by config.json": awqGemv({
    ...{ outputs: 3, inputs: 256, group: 128, width: 1, config: { group_size: 128 } },
  }),
  "AWQ's gemv layout in one group": awqGemv({ outputs: 6, inputs: 40, group: 40, width: 1 }),
  "BitNet's packed codes, whose scale divides": bitnet(undefined),
  "BitNet's packed codes of AutoBitLinear, whose scale multiplies": bitnet("autobitlinear"),
  "E4M3FNUZ with a scale": fnuzScaled("F8_E4M3FNUZ"),
  "E5M2FNUZ with a scale": fnuzScaled("F8_E5M2FNUZ"),
  "Keras' int8 kernel": keras("kernel"),
  "Keras' int8 embeddings": keras("embeddings"),
};

describe("a scheme of codes and scales", () => {
  it("has a row in the table of docs/formats.md", () => {
    const rowsOfTable = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|")[1]);
    for (const { name } of SCHEMES)
      expect(rowsOfTable.some((cell) => cell.split(/[,|]/).some((word) => word.trim() === name))).toBe(true);
  });

  for (const [name, given] of Object.entries(CASES)) {
    it(`reads ${name} by the published formula, and takes no part of it for a layer`, async () => {
      const { parts, weight, dtype, shape, values } = given;
      const file = await open(given);
      expect(file.warnings).toEqual([]);
      const tensor = tensorNamed(file, weight);
      expect(tensor).toMatchObject({ shape, dtype, floating: true, quantised: true });
      expect(await valuesOf(tensor)).toEqual(values.map(Math.fround));
      const [from, to] = [Math.floor(values.length / 3) + 1, values.length - 2];
      expect(await valuesOf(tensor, { from, to, chunk: 7 })).toEqual(values.slice(from, to).map(Math.fround));
      const { layers, skipped } = planLayers(file, EVERYTHING);
      expect(new Set(layers.map(({ tensorName }) => tensorName))).toEqual(new Set([weight]));
      expect(new Set(skipped.map((part) => part.name))).toEqual(
        new Set(Object.keys(parts).filter((part) => part !== weight)),
      );
    });
  }

  const small = (...shape: number[]): StoredPart => bf16(shape, plainScales(shape.reduce((a, b) => a * b, 1)));
  const codes = (dtype: string, ...shape: number[]): StoredPart =>
    bytes(dtype, shape, scrambled(shape.reduce((a, b) => a * b, 1) * ({ I16: 2, I32: 4, I64: 8 }[dtype] ?? 1), 256));

  const REFUSED: Record<string, Stored & { readonly says: RegExp }> = {
    VPTQ: {
      parts: {
        "x.indices": codes("I32", 1, 12, 16),
        "x.centroids.weight": small(16, 24),
        "x.weight_scale": small(16),
        "x.weight_bias": small(16),
      },
      says: /by VPTQ.*index a codebook/,
    },
    AQLM: {
      parts: { "x.codes": codes("I8", 16, 12, 1), "x.codebooks": small(1, 32, 1, 8), "x.scales": small(16, 1, 1, 1) },
      says: /by AQLM.*index a codebook/,
    },
    EXL3: {
      parts: { "x.trellis": codes("I16", 4, 4, 32), "x.suh": small(16), "x.svh": small(16) },
      says: /by EXL3.*rotated/,
    },
    EXL2: {
      parts: {
        "x.q_weight": codes("I32", 12, 16),
        "x.q_scale": codes("I32", 12, 16),
        "x.q_scale_max": small(12),
        "x.q_invperm": codes("I16", 16),
      },
      says: /by EXL2.*different numbers of bits/,
    },
    QTIP: {
      parts: { "x.trellis": codes("I16", 12, 32), "x.SU": small(16), "x.SV": small(16), "x.tlut": small(32, 12) },
      says: /by QTIP.*rotated/,
    },
    "QuIP#": {
      parts: { "x.Qidxs": codes("I64", 12, 16), "x.SU": small(16), "x.SV": small(16), "x.Wscale": small(1) },
      says: /by QuIP#.*rotated/,
    },
    "FP-Quant": {
      parts: {
        "x.qweight": codes("U8", 16, 16),
        "x.scales": codes("U8", 16, 1),
        "x.forward_hadamard_matrix": small(32, 32),
        "x.backward_hadamard_matrix": small(32, 32),
      },
      says: /by FP-Quant.*rotated/,
    },
    SVDQuant: {
      parts: {
        "x.qweight": codes("I8", 32, 16),
        "x.wscales": small(16, 32),
        "x.smooth_factor": small(32),
        "x.lora_down": small(32, 16),
        "x.lora_up": small(32, 16),
      },
      says: /by SVDQuant.*low-rank product/,
    },
    "Marlin whose scales are those of another width": {
      parts: { "x.B": codes("I32", 12, 256), "x.s": small(12, 64), "x.workspace": codes("I32", 16) },
      says: /by Marlin.*do not fit each other/,
    },
    "Marlin whose rows are no multiple of its groups": {
      parts: { "x.B": codes("I32", 2, 128), "x.s": small(3, 64) },
      says: /by Marlin.*do not fit each other/,
    },
    "Marlin whose columns are no multiple of 64": {
      parts: { "x.B": codes("I32", 4, 192), "x.s": small(2, 96) },
      says: /by Marlin.*do not fit each other/,
    },
    "AWQ's gemv layout in groups that the shapes leave open": {
      parts: awqGemv({ outputs: 12, inputs: 256, group: 128, width: 1 }).parts,
      says: /its groups may have 128 or 256 inputs: config\.json does not say which/,
    },
    "AWQ's gemv layout of a group size that it does not have": {
      ...awqGemv({ outputs: 12, inputs: 256, group: 128, width: 1, config: { group_size: 64 } }),
      says: /of no group size in the "gemv" layout/,
    },
    "Marlin, 2:4 sparse": {
      parts: { "x.B_24": codes("I32", 12, 32), "x.B_meta": codes("I16", 12, 32), "x.s": small(12, 32) },
      says: /by Marlin \(2:4 sparse\).*GPU kernel/,
    },
    HIGGS: {
      parts: {
        "x.weight": codes("I16", 16, 32),
        "x.scales": small(16, 12),
        "x.tables": small(16),
        "x.tables2": small(16, 16),
      },
      says: /by HIGGS.*GPU kernel/,
    },
    SqueezeLLM: {
      parts: { "x.qweight": codes("I32", 12, 16), "x.lookup_table": small(16, 16) },
      says: /by SqueezeLLM.*codebook/,
    },
    SpQR: {
      parts: { "x.dense_weights": codes("I64", 12, 16), "x.col_vals": codes("I32", 40), "x.in_perm": codes("I16", 16) },
      says: /by SpQR.*outliers/,
    },
    "quanto's packed codes": {
      parts: {
        "x.weight._data": codes("U8", 16, 16),
        "x.weight._scale": small(16, 12),
        "x.weight._shift": small(16, 12),
      },
      says: /by quanto.*packed codes/,
    },
    BitNet: {
      parts: { "x.weight": codes("U8", 16, 16), "x.weight_scale": small(1), "x.weight_bits": codes("U8", 1) },
      says: /by BitNet.*config\.json does not say how its ternary codes/,
    },
    "EETQ in the order of its kernel": {
      parts: {
        "x.weight": bytes(
          "I8",
          [12, 12],
          scrambled(144, 61).map((code) => (code - 30 + 128) & 255),
        ),
        "x.weight_scales": small(12),
      },
      says: /order of a GPU kernel/,
    },
    "torchao's int4 in the order of a kernel": {
      parts: { "x._weight_qdata": codes("I32", 2, 3, 32, 4), "x._weight_scale_and_zero": small(12, 16, 2) },
      metadata: { "x.weight": '{"_type": "Int4TilePackedTo4dTensor", "_data": {}}' },
      says: /by torchao \(int4\).*Int4TilePackedTo4dTensor/,
    },
    "torchao's int4 with scales of another shape": {
      parts: {
        "x._weight_qdata": codes("U8", 32, 12),
        "x._weight_scale": small(18, 32),
        "x._weight_zero_point": small(18, 32),
      },
      metadata: { "x.weight": '{"_type": "Int4Tensor", "_data": {"block_size": [1, 8]}}' },
      says: /scales of the shape \[18, 32\] do not fit/,
    },
    "blocks of a length that the shapes leave open": {
      parts: { "x.weight": codes("F8_E4M3", 100, 96), "x.weight_scale": small(2, 3) },
      says: /scales of the shape \[2, 3\] do not fit codes/,
    },
    "Keras' int4, whose bytes look like int8": {
      parts: { kernel: bytes("I8", [3, 2], [127, 126, 3, 4, 5, 6]), kernel_scale: f32([2], [1, 2]), b: f32([1], [0]) },
      says: /by Keras int8.*may be packed int4/,
    },
    "a bitmask with more bits than entries": {
      parts: { ...sparse24("BF16").parts, "x.weight.compressed": small(5, 10) },
      says: /50 stored entries do not fit 6 rows/,
    },
    "MLX whose shapes fit two pairs of bits and groups": {
      parts: mlx(4, 64, undefined).parts,
      says: /may be 2 bits in groups of 128 or 4 bits in groups of 64 or 8 bits in groups of 32/,
    },
  };
  for (const [name, { says, ...given }] of Object.entries(REFUSED)) {
    it(`refuses ${name} by name, and none of its matrices is a layer`, async () => {
      const file = await open(given);
      expect(file.warnings.join("\n")).toMatch(says);
      const { layers, skipped } = planLayers(file, EVERYTHING);
      expect(layers).toEqual([]);
      expect(skipped.map((part) => part.name).sort()).toEqual(Object.keys(given.parts).sort());
    });
  }

  it("takes the settings of config.json, and those of quantize_config.json if it has none", async () => {
    const nothing: object = {};
    const { parts } = gptqSymmetric(6, nothing, 1);
    const settings = { bits: 4, group_size: 128, sym: false, desc_act: false };
    const valuesWith = async (old: object, config?: object): Promise<number[]> => {
      const files: Record<string, Uint8Array | string> = {
        [ENTRY]: safetensorsOfParts(parts),
        "quantize_config.json": JSON.stringify({ ...settings, ...old }),
        ...(config !== undefined && { "config.json": JSON.stringify(config) }),
      };
      const file = await openWeightFile(filesInMemory(files, ENTRY));
      expect(file.warnings).toEqual([]);
      return valuesOf(tensorNamed(file, "x.weight"));
    };
    const [first, second] = [await valuesWith({}), await valuesWith({ checkpoint_format: "gptq_v2" })];
    expect(second).not.toEqual(first);
    expect(await valuesWith({ checkpoint_format: "gptq_v2" }, { hidden_size: 8 })).toEqual(second);
    const declared = { quantization_config: { quant_method: "gptq", checkpoint_format: "gptq" } };
    expect(await valuesWith({ checkpoint_format: "gptq_v2" }, declared)).toEqual(first);
  });

  it("refuses a code of BitNet that is not ternary when it is read", async () => {
    const { parts, config } = bitnet(undefined);
    const file = await open({ parts: { ...parts, "x.weight": bytes("U8", [1, 2], [0b10010010, 0b10110000]) }, config });
    await expect(valuesOf(tensorNamed(file, "x.weight"))).rejects.toThrow(/x\.weight.*packed code is 3/);
  });

  it("refuses a sparse row whose bits are more than its entries when it is read", async () => {
    const file = await open({
      parts: { ...sparseRows().parts, "x.weight.bitmask": bytes("U8", [4, 1], [0b1111, 0, 0b0111, 0b0100]) },
    });
    await expect(valuesOf(tensorNamed(file, "x.weight"))).rejects.toThrow(/row 0 has another number of bits/);
  });
});
