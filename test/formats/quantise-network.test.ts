import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "./build-safetensors.js";

const SCRIPT = fileURLToPath(new URL("../../scripts/quantise-network.mjs", import.meta.url));
const BUILT = existsSync(fileURLToPath(new URL("../../dist/analysis/open-model.js", import.meta.url)));
const [ROWS, COLS] = [48, 512];
const NAME = "blk.0.ffn_up.weight";

/** Normal weights, one row of zeros, one of a single sign, one of 100 times the size. */
const WEIGHTS = (() => {
  const normal = normalSampler(createRng(1));
  return Float32Array.from({ length: ROWS * COLS }, (_, k) => {
    const row = Math.floor(k / COLS);
    const value = 0.02 * normal();
    return row === 3 ? 0 : row === 5 ? Math.abs(value) : row === 7 ? 100 * value : value;
  });
})();

/** An IEEE half, by its definition. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 === 1 ? -size : size;
}

/** `dequantize_row_q4_K` and `get_scale_min_k4` of ggml-quants.c, line by line. */
function ggmlQ4K(bytes: Uint8Array): Float64Array {
  const values: number[] = [];
  for (let at = 0; at < bytes.length; at += 144) {
    const d = half(bytes[at] + 256 * bytes[at + 1]);
    const min = half(bytes[at + 2] + 256 * bytes[at + 3]);
    const scales = bytes.subarray(at + 4, at + 16);
    const scaleMin = (j: number): readonly [number, number] =>
      j < 4
        ? [scales[j] & 63, scales[j + 4] & 63]
        : [(scales[j + 4] & 0xf) | ((scales[j - 4] >> 6) << 4), (scales[j + 4] >> 4) | ((scales[j] >> 6) << 4)];
    for (let j = 0, q = at + 16, is = 0; j < 256; j += 64, q += 32, is += 2) {
      const [sc1, m1] = scaleMin(is);
      const [sc2, m2] = scaleMin(is + 1);
      for (let l = 0; l < 32; ++l) values.push(d * sc1 * (bytes[q + l] & 0xf) - min * m1);
      for (let l = 0; l < 32; ++l) values.push(d * sc2 * (bytes[q + l] >> 4) - min * m2);
    }
  }
  return Float64Array.from(values);
}

/** `dequantize_row_q8_0` and `dequantize_row_q4_0`. */
const ggmlQ8 = (bytes: Uint8Array): Float64Array =>
  Float64Array.from({ length: (bytes.length / 34) * 32 }, (_, k) => {
    const at = Math.floor(k / 32) * 34;
    return half(bytes[at] + 256 * bytes[at + 1]) * ((bytes[at + 2 + (k % 32)] << 24) >> 24);
  });
const ggmlQ4 = (bytes: Uint8Array): Float64Array =>
  Float64Array.from({ length: (bytes.length / 18) * 32 }, (_, k) => {
    const [at, within] = [Math.floor(k / 32) * 18, k % 32];
    const code = bytes[at + 2 + (within % 16)];
    return half(bytes[at] + 256 * bytes[at + 1]) * ((within < 16 ? code & 15 : code >> 4) - 8);
  });

describe.skipIf(!BUILT)("scripts/quantise-network.mjs", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "quantise-network-"));
    const table = WEIGHTS.slice(0, 16 * 256);
    const tensors = {
      [NAME]: { shape: [ROWS, COLS], values: WEIGHTS },
      "token_embd.weight": { shape: [16, 256], values: table },
    };
    await writeFile(at("network.safetensors"), safetensorsWith(tensors));
    await promisify(execFile)(process.execPath, [SCRIPT, at("network.safetensors"), at("out"), "--no-compare"]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["fp16.safetensors", "F16", 2 ** -11],
    ["F16.gguf", "F16", 2 ** -11],
    ["int8.safetensors", "I8", 0.02],
    ["int8.onnx", "int8-affine", 0.02],
    ["Q8_0.gguf", "Q8_0", 0.01],
    ["Q4_0.gguf", "Q4_0", 0.15],
    ["Q4_K.gguf", "Q4_K", 0.12],
  ])("writes %s, whose every layer pairs with float32 as %s and is its rounding", async (name, type, error) => {
    const { layers, only_in_a, only_in_b, mismatched } = await compare(at("out/fp32.safetensors"), at(`out/${name}`));
    expect([only_in_a, only_in_b, mismatched]).toEqual([[], [], []]);
    expect(layers.map(({ dtype_b }) => dtype_b)).toEqual([type, type]);
    for (const { relative_change, kind } of layers) {
      expect(relative_change).toBeGreaterThan(0);
      expect(relative_change).toBeLessThan(error);
      expect(kind).toBe("rounding");
    }
  });

  it.each([
    // Half a step of 1/127, and the rounding of the scale to a half; a step of 1/8, where the code 8 is missing.
    ["Q8_0", 34 / 32, ggmlQ8, 0.5 / 127 + 2 ** -11],
    ["Q4_0", 18 / 32, ggmlQ4, 1.01 / 8],
    // Half a step of (max - min)/15, and the rounding of scale and minimum to 1/63 of the largest in the block.
    ["Q4_K", 144 / 256, ggmlQ4K, 0.51 * (2 / 15) + 1.5 / 63],
  ] as const)("writes %s in ggml's layout, within a step of each weight", async (type, bytesPerValue, decode, step) => {
    const file = new Uint8Array(await readFile(at(`out/${type}.gguf`)));
    const length = ROWS * COLS * bytesPerValue;
    const others = Math.ceil((16 * 256 * bytesPerValue) / 32) * 32;
    // The data of two tensors, each padded to 32 bytes, are the end of the file; the order is the network's.
    const text = Buffer.from(file.subarray(0, 400)).toString("latin1");
    const isFirst = text.indexOf(NAME) < text.indexOf("token_embd");
    const end = file.length - (isFirst ? others : 0);
    const from = end - Math.ceil(length / 32) * 32;
    const values = decode(file.subarray(from, from + length));
    const block = type === "Q4_K" ? 256 : 32;
    for (let k = 0; k < values.length; k++) {
      const around = WEIGHTS.subarray(k - (k % block), k - (k % block) + block);
      const largest = around.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(Math.abs(values[k] - WEIGHTS[k])).toBeLessThanOrEqual(step * largest);
    }
  });

  it("refuses names that llama.cpp cannot read", async () => {
    const long = "a".repeat(60);
    await writeFile(
      at("long.safetensors"),
      safetensorsWith({ [`${long}.weight`]: { shape: [32, 256], values: WEIGHTS.slice(0, 32 * 256) } }),
    );
    const run = promisify(execFile)(process.execPath, [SCRIPT, at("long.safetensors"), at("long"), "--no-compare"]);
    await expect(run).rejects.toThrow(/names of at most 63 bytes/);
  });
});
