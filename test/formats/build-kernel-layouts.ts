import { bf16, bytes, f32, i32, plainScales, rows, scrambled } from "./build-quantised.js";
import type { StoredPart } from "./build-safetensors.js";

/** A weight in the layout of a kernel, packed as its library packs it, and what the published formula gives. */
export interface KernelCase {
  readonly parts: Record<string, StoredPart>;
  readonly config?: unknown;
  readonly weight: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Words of eight codes of 4 bits, the first in the lowest. */
function wordsOfEight(codes: readonly number[]): number[] {
  return Array.from({ length: codes.length / 8 }, (_, word) =>
    Array.from({ length: 8 }, (_unused, k) => codes[8 * word + k] << (4 * k)).reduce((sum, part) => sum | part, 0),
  );
}

/** Marlin's own permutation, as its library writes it [Marlin, marlin/__init__.py, _get_perms]. */
function marlinOrder(): number[] {
  const order: number[] = [];
  for (let i = 0; i < 32; i++) {
    const one: number[] = [];
    const col = Math.floor(i / 4);
    for (const block of [0, 1])
      for (const row of [2 * (i % 4), 2 * (i % 4) + 1, 2 * ((i % 4) + 4), 2 * ((i % 4) + 4) + 1])
        one.push(16 * row + col + 8 * block);
    for (let j = 0; j < 4; j++) order.push(...one.map((p) => p + 256 * j));
  }
  return order.map((_, k) => order[k - (k % 8) + [0, 2, 4, 6, 1, 3, 5, 7][k % 8]]);
}

/** `pack` of the library: w[i][j] = s[group of i][j] (q[i][j] - 8). */
export function marlin(inputs: number, outputs: number, groups: number): KernelCase {
  const q = scrambled(inputs * outputs, 16);
  const scale = plainScales(groups * outputs);
  // reshape (inputs / 16, 16, outputs / 16, 16), permute (0, 2, 1, 3), reshape (inputs / 16, outputs * 16)
  const tiled: number[] = [];
  for (let band = 0; band < inputs / 16; band++)
    for (let tile = 0; tile < outputs / 16; tile++)
      for (let r = 0; r < 16; r++)
        for (let c = 0; c < 16; c++) tiled.push(q[(16 * band + r) * outputs + 16 * tile + c]);
  const order = marlinOrder();
  const permuted = tiled.map((_, k) => tiled[k - (k % 1024) + order[k % 1024]]);
  const scaleOrder =
    groups > 1
      ? [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [0, 1, 2, 3, 4, 5, 6, 7].map((j) => i + 8 * j))
      : [0, 1, 2, 3].flatMap((i) => [0, 1, 8, 9, 16, 17, 24, 25].map((j) => 2 * i + j));
  const stored = scale.map((_, k) => scale[k - (k % scaleOrder.length) + scaleOrder[k % scaleOrder.length]]);
  return {
    parts: {
      "x.B": i32([inputs / 16, 2 * outputs], wordsOfEight(permuted)),
      "x.s": bf16([groups, outputs], stored),
      "x.workspace": i32([4], [0, 0, 0, 0]),
    },
    weight: "x.weight",
    dtype: "Marlin-4bit",
    shape: [inputs, outputs],
    values: rows(inputs, outputs, (i, j) => {
      const group = Math.floor(i / (inputs / groups));
      return scale[group * outputs + j] * (q[i * outputs + j] - 8);
    }),
  };
}

interface Gemv {
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  /** Words of zero points per row: more than the groups need. */
  readonly width: number;
  readonly config?: object;
}

/** AutoAWQ's "gemv": outputs are rows, plain order, scales and zero points padded with zeros to whole words. */
export function awqGemv({ outputs, inputs, group, width, config }: Gemv): KernelCase {
  const groups = inputs / group;
  const q = scrambled(outputs * inputs, 16);
  const z = scrambled(outputs * groups, 16, 5);
  const scale = plainScales(outputs * groups);
  const padded = (values: readonly number[]): number[] =>
    rows(outputs, 8 * width, (i, j) => (j < groups ? values[i * groups + j] : 0));
  return {
    parts: {
      "x.qweight": i32([outputs, inputs / 8], wordsOfEight(q)),
      "x.qzeros": i32([outputs, width], wordsOfEight(padded(z))),
      "x.scales": bf16([outputs, 8 * width], padded(scale)),
    },
    ...(config !== undefined && { config: { quantization_config: config } }),
    weight: "x.weight",
    dtype: "AWQ-4bit",
    shape: [outputs, inputs],
    values: rows(outputs, inputs, (i, j) => {
      const k = i * groups + Math.floor(j / group);
      return scale[k] * (q[i * inputs + j] - z[k]);
    }),
  };
}

/** transformers' packed BitNet: four rows of one column per byte, a quarter of the matrix apart. */
export function bitnet(linearClass: string | undefined): KernelCase {
  const [quarter, inputs] = [3, 10];
  const q = scrambled(4 * quarter * inputs, 3);
  const packed = rows(quarter, inputs, (i, j) =>
    [0, 1, 2, 3].reduce((sum, k) => sum | (q[(k * quarter + i) * inputs + j] << (2 * k)), 0),
  );
  const scale = 0.375;
  return {
    parts: { "x.weight": bytes("U8", [quarter, inputs], packed), "x.weight_scale": bf16([1], [scale]) },
    config: {
      quantization_config: { quant_method: "bitnet", ...(linearClass !== undefined && { linear_class: linearClass }) },
    },
    weight: "x.weight",
    dtype: "BitNet-1.58bit",
    shape: [4 * quarter, inputs],
    values: q.map((code) => (linearClass === "autobitlinear" ? (code - 1) * scale : (code - 1) / scale)),
  };
}

/** The FNUZ floats as ONNX defines them: a bias of 8 or 16, 0x80 the only NaN [NJJ22]. */
function fnuz(code: number, fraction: number, bias: number): number {
  const exponent = (code & 127) >> fraction;
  const part = (code & ((1 << fraction) - 1)) / (1 << fraction);
  return (code > 127 ? -1 : 1) * (exponent > 0 ? (1 + part) * 2 ** (exponent - bias) : part * 2 ** (1 - bias));
}

/** FNUZ codes of 6 x 10 with one scale. */
export function fnuzScaled(dtype: "F8_E4M3FNUZ" | "F8_E5M2FNUZ"): KernelCase {
  const codes = scrambled(60, 256).map((code) => (code === 0x80 ? 0 : code));
  const [fraction, bias] = dtype === "F8_E4M3FNUZ" ? [3, 8] : [2, 16];
  return {
    parts: { "x.weight": bytes(dtype, [6, 10], codes), "x.weight_scale": f32([1], [0.375]) },
    weight: "x.weight",
    dtype,
    shape: [6, 10],
    values: codes.map((code) => fnuz(code, fraction, bias) * 0.375),
  };
}
