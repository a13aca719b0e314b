import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { planLayers } from "#eigenscope/layers/index.js";
import { matricesOf } from "../layers/tensors-in-memory.js";
import { spectrumOf } from "../spectrum-of.js";
import { bf16, bytes, f32, i32, i64, rows, wordsOf } from "./build-quantised.js";
import { type StoredPart, safetensorsOfParts } from "./build-safetensors.js";
import { filesInMemory } from "./files-in-memory.js";

/** g = lambda n, m, s=0: ((k*k*31 + k*17 + s*101) % 65521) % m, with k = np.arange(n, dtype=np.int64) */
function g(count: number, below: number, seed = 0): number[] {
  return Array.from({ length: count }, (_, k) => ((k * k * 31 + k * 17 + seed * 101) % 65521) % below);
}

const eighths = (count: number): number[] => g(count, 7, 1).map((k) => (1 + k) / 8);
const pairs = (codes: readonly number[]): number[] =>
  Array.from({ length: codes.length / 2 }, (_, k) => codes[2 * k] | (codes[2 * k + 1] << 4));

interface Case {
  readonly parts: Record<string, StoredPart>;
  readonly config?: object;
  readonly metadata?: Record<string, string>;
  /** lam = lambda W: np.linalg.svd(W, compute_uv=False)[0]**2, by layer. */
  readonly lambdaMax: Readonly<Record<string, number>>;
}

/** Kept: columns 4b + (i+b)%4 and 4b + (i+b+1)%4 of row i. */
const isKept = (i: number, j: number): boolean => ((((j % 4) - (i + Math.floor(j / 4))) % 4) + 4) % 4 < 2;

const CASES: Record<string, Case> = {
  // E4 is the table of E4M3: lam(E4[g(160*144, 120)].reshape(160, 144)
  //   * np.kron(2.0**(g(4, 6, 1) - 3).reshape(2, 2), np.ones((128, 128)))[:160, :144])
  "FP8 blocks of 128 under .scale in E8M0 (DeepSeek-V4)": {
    parts: {
      "attn.wo_b.weight": bytes("F8_E4M3", [160, 144], g(160 * 144, 120)),
      "attn.wo_b.scale": bytes(
        "F8_E8M0",
        [2, 2],
        g(4, 6, 1).map((k) => k - 3 + 127),
      ),
    },
    config: { quantization_config: { quant_method: "fp8", scale_fmt: "ue8m0", weight_block_size: [128, 128] } },
    lambdaMax: { "attn.wo_b": 195332197.72723034 },
  },
  // q = E4[g(2*64*32, 120)].reshape(2, 64, 32); s = ((1 + g(4, 7, 1))/8).reshape(2, 2, 1)
  // lam(q[x] * np.repeat(s[x], 32, 0)) for each expert x, gate and up as one matrix
  "FP8 experts with gate_up_proj_scale_inv (transformers 5)": {
    parts: {
      "mlp.experts.gate_up_proj": bytes("F8_E4M3", [2, 64, 32], g(2 * 64 * 32, 120)),
      "mlp.experts.gate_up_proj_scale_inv": f32([2, 2, 1], eighths(4)),
    },
    config: { hidden_size: 32, quantization_config: { quant_method: "fp8", weight_block_size: [32, 32] } },
    lambdaMax: {
      "mlp.experts.gate_up_proj[0]": 296692.79177962884,
      "mlp.experts.gate_up_proj[1]": 322054.4854722086,
    },
  },
  // lam((g(24*32, 201) - 100).reshape(24, 32) * ((1 + g(32, 7, 1))/8)[None])
  "EETQ's int8 with a scale per column": {
    parts: {
      "wo.weight": bytes(
        "I8",
        [24, 32],
        g(24 * 32, 201).map((k) => (k - 100) & 255),
      ),
      "wo.weight_scales": bf16([32], eighths(32)),
    },
    lambdaMax: { wo: 80016.44388291032 },
  },
  // lam(E4[g(24*16, 120)].reshape(24, 16) * ((1 + g(24, 7, 1))/8)[:, None])
  "torchao's Float8Tensor": {
    parts: {
      "wo._weight_qdata": bytes("F8_E4M3", [24, 16], g(24 * 16, 120)),
      "wo._weight_scale": f32([24, 1], eighths(24)),
    },
    metadata: {
      tensor_names: '["wo.weight"]',
      "wo.weight": '{"_type": "Float8Tensor", "_data": {"block_size": [1, 16], "mm_config": {}}}',
    },
    lambdaMax: { wo: 70393.17043184294 },
  },
  // lam((g(32*16, 16) - 8).reshape(32, 16) * np.repeat(((1 + g(32, 7, 1))/8).reshape(2, 16), 16, 0))
  "GPTQ that declares v1 and holds the zero points of v2": {
    parts: {
      "wo.qweight": i32(
        [4, 16],
        rows(
          4,
          16,
          (w, j) =>
            wordsOf(
              Array.from({ length: 8 }, (_, k) => g(32 * 16, 16)[(8 * w + k) * 16 + j]),
              4,
            )[0],
        ),
      ),
      "wo.qzeros": i32([2, 2], new Array(4).fill(0x88888888 | 0)),
      "wo.scales": bf16([2, 16], eighths(32)),
    },
    config: { quantization_config: { quant_method: "gptq", bits: 4, sym: true, checkpoint_format: "gptq" } },
    lambdaMax: { wo: 733.3164773954277 },
  },
  // q = E2[g(2*16*32, 16)].reshape(2, 16, 32); s = E4[g(2*16*2, 120, 1)].reshape(2, 16, 2); f = [0.5, 3]
  // lam(q[x] * np.repeat(s[x], 16, -1) * f[x]) for each expert x
  "NVFP4 experts w13": {
    parts: {
      "experts.w13_weight": bytes("U8", [2, 16, 16], pairs(g(2 * 16 * 32, 16))),
      "experts.w13_weight_scale": bytes("F8_E4M3", [2, 16, 2], g(2 * 16 * 2, 120, 1)),
      "experts.w13_weight_scale_2": f32([2], [0.5, 3]),
    },
    lambdaMax: { "experts.w13_weight[0]": 3670683.843338301, "experts.w13_weight[1]": 97357613.8627184 },
  },
  // W = np.zeros((16, 32)); its kept entries, row by row, are (g(16*16, 15, 2) - 7)/8; lam(W)
  "2:4 sparsity with its bitmask": {
    parts: {
      "up.weight.compressed": bf16(
        [16, 16],
        g(16 * 16, 15, 2).map((k) => (k - 7) / 8),
      ),
      "up.weight.bitmask": bytes(
        "U8",
        [16, 4],
        rows(16, 4, (i, b) =>
          [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, k) => sum | (isKept(i, 8 * b + k) ? 1 << k : 0), 0),
        ),
      ),
      "up.weight.shape": i64([2], [16, 32]),
    },
    config: { quantization_config: { sparsity_config: { format: "sparse-24-bitmask" } } },
    lambdaMax: { up: 10.504514467479419 },
  },
};

describe("a quantised weight's largest eigenvalue is numpy's", () => {
  for (const [name, { parts, config, metadata, lambdaMax }] of Object.entries(CASES)) {
    it(`for ${name}`, async () => {
      const contents: Record<string, Uint8Array | string> = { "m.safetensors": safetensorsOfParts(parts, metadata) };
      if (config !== undefined) contents["config.json"] = JSON.stringify(config);
      const file = await openWeightFile(filesInMemory(contents, "m.safetensors"));
      const { layers } = planLayers(file, {
        ...{ conv: "slices", include: [], exclude: [], minEigenvalues: 1, fused: "whole" },
      });
      expect(layers.map((layer) => layer.name)).toEqual(Object.keys(lambdaMax));
      for (const layer of layers) {
        const [matrix] = await matricesOf(layer);
        const { rows: N, cols: M } = layer.source;
        const tall = N >= M ? matrix.flat() : Array.from({ length: N * M }, (_, k) => matrix[k % N][Math.floor(k / N)]);
        const { eigenvalues } = spectrumOf(Float64Array.from(tall), { N: Math.max(N, M), M: Math.min(N, M) });
        const largest = eigenvalues[eigenvalues.length - 1];
        // Entries are rounded to f32 once: 6e-8 each, doubled by the square, with room for rounding in the Gram matrix.
        expect(Math.abs(largest / lambdaMax[layer.name] - 1)).toBeLessThan(1e-6);
      }
    });
  }
});
