import type { AffineCodes } from "../affine-codes.js";
import { type CodeType, streamCodes } from "../code-run.js";
import { elementsOf } from "./elements.js";
import type { GraphTensor } from "./model.js";
import type { ModelFiles } from "./regions.js";
import type { Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

const CODES = 1;
const SCALES = 2;

/** The values of fp4's codes [ONNX Runtime, blockwise_quant_block_bnb4.h, fp4_qaunt_map; bitsandbytes, kernels.cu]. */
const FP4 = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];
/** The values of nf4's codes, quantiles of a normal distribution [DPHZ23, E]. */
const NF4 = [
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334],
  ...[-0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
];
const LEVELS = { fp4: [...FP4, ...FP4.map((value) => -value)], nf4: NF4 } as const;

/** A weight of ONNX Runtime's MatMulBnb4: N x K (out x in), flattened, in blocks that share a scale. */
export interface Bnb4Weight {
  readonly use: Use;
  readonly shape: readonly [number, number];
  readonly kind: keyof typeof LEVELS;
  readonly block: number;
  readonly scale: GraphTensor;
}

/**
 * Finds the MatMulBnb4 that takes a tensor as its codes [ONNX Runtime, ContribOperators.md]: two codes of 4 bits per
 * byte, the first in the upper half, w = level[code] absmax[block]. "unknown" if its numbers are inconsistent.
 */
export function findBnb4({ scope, name, proto }: GraphTensor, lookup: Lookup): Bnb4Weight | "unknown" | undefined {
  const use = scope.uses(name).find(({ node, input }) => node.op === "MatMulBnb4" && input === CODES);
  if (use === undefined) return undefined;
  const whole = (key: string): number => use.node.integers.get(key)?.[0] ?? 0;
  const [rows, cols, block] = ["N", "K", "block_size"].map(whole);
  const scale = lookup(use.scope, use.node.inputs[SCALES] ?? "");
  const count = rows * cols;
  const fits =
    rows > 0 &&
    cols > 0 &&
    block >= 16 &&
    Number.isSafeInteger(count) &&
    proto.type.dtype === "U8" &&
    proto.count === Math.ceil(count / 2) &&
    scale?.proto.count === Math.ceil(count / block);
  if (!fits || scale === undefined) return "unknown";
  return { use, shape: [rows, cols], kind: whole("quant_type") === 1 ? "nf4" : "fp4", block, scale };
}

/** Two codes per byte, the first in the upper half, as the numbers that they represent. */
function levels(kind: Bnb4Weight["kind"]): CodeType {
  const table = LEVELS[kind];
  return {
    bits: 4,
    decode(bytes, skip, count) {
      const values = new Float32Array(count);
      for (let k = 0, at = skip; k < count; k++, at++) {
        const pair = bytes[at >> 1];
        values[k] = table[at % 2 === 0 ? pair >> 4 : pair & 15];
      }
      return values;
    },
  };
}

/** The weight as levels with scales; undefined if a part has a type that is not decoded. */
export function bnb4Codes(
  { proto }: GraphTensor,
  { shape, kind, block, scale }: Bnb4Weight,
  files: ModelFiles,
): Omit<AffineCodes, "where"> | undefined {
  const [packed, scales] = [elementsOf(proto, files), elementsOf(scale.proto, files)];
  if (packed === undefined || scales === undefined) return undefined;
  const count = shape[0] * shape[1];
  return {
    codes: { stored: packed.stored, offset: 0, count, type: levels(kind) },
    grouping: { kind: "block", inner: 1, length: count, block },
    scales: (signal) => streamCodes(scales, { signal }),
  };
}
