import type { AffineCodes } from "../affine-codes.js";
import { type CodeRun, codeTypeOf, streamCodes } from "../code-run.js";
import { elementsOf } from "./elements.js";
import type { GraphTensor } from "./model.js";
import type { ModelFiles } from "./regions.js";
import type { Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

const CODES = 1;
const SCALES = 2;
const ZERO_POINTS = 3;
const ORDER = 4;

/** A weight of ONNX Runtime's MatMulNBits: N x K (out x in), with one scale for every `block` neighbours of a row. */
export interface BlockedWeight {
  readonly use: Use;
  readonly shape: readonly [number, number];
  readonly bits: number;
  readonly block: number;
  readonly scale: GraphTensor;
  readonly zero?: GraphTensor | undefined;
}

/**
 * Finds the MatMulNBits that takes a tensor as its codes [ONNX Runtime, ContribOperators]: packed rows of whole blocks,
 * the first code in the lowest bits. "unknown" if its numbers are inconsistent, or its columns are reordered (g_idx).
 */
export function findBlockedWeight(
  { scope, name, proto }: GraphTensor,
  lookup: Lookup,
): BlockedWeight | "unknown" | undefined {
  const use = scope.uses(name).find(({ node, input }) => node.op === "MatMulNBits" && input === CODES);
  if (use === undefined) return undefined;
  const { node } = use;
  const [rows, cols, bits, block] = ["N", "K", "bits", "block_size"].map(
    (key) => node.integers.get(key)?.[0] ?? (key === "bits" ? 4 : 0),
  );
  const [scale, zero] = [SCALES, ZERO_POINTS].map((input) => lookup(use.scope, node.inputs[input] ?? ""));
  const known = [2, 4, 8].includes(bits) && rows > 0 && cols > 0 && block >= 16 && Number.isSafeInteger(rows * cols);
  const blocks = Math.ceil(cols / block);
  const zeroExpected = (node.inputs[ZERO_POINTS] ?? "") !== "";
  const fits =
    known &&
    proto.type.dtype === "U8" &&
    proto.count * 8 === rows * blocks * block * bits &&
    scale?.proto.count === rows * blocks &&
    zeroExpected === (zero !== undefined) &&
    (zero === undefined || zero.proto.count === zeroCount(zero, { rows, blocks, bits })) &&
    (node.inputs[ORDER] ?? "") === "";
  return fits && scale !== undefined ? { use, shape: [rows, cols], bits, block, scale, zero } : "unknown";
}

/** Zero points are packed like codes, or stored as floats. */
function zeroCount(zero: GraphTensor, { rows, blocks, bits }: { rows: number; blocks: number; bits: number }): number {
  return zero.proto.type.dtype === "U8" ? rows * Math.ceil((blocks * bits) / 8) : rows * blocks;
}

/** The weight as codes with scales; undefined if a part has a type that is not decoded. */
export function blockedCodes(
  tensor: GraphTensor,
  weight: BlockedWeight,
  files: ModelFiles,
): Omit<AffineCodes, "where"> | undefined {
  const { shape, bits, block, scale, zero } = weight;
  const [rows, cols] = shape;
  const blocks = Math.ceil(cols / block);
  const packed = elementsOf(tensor.proto, files);
  const type = codeTypeOf(bits === 8 ? "U8" : `U${bits}`);
  const scales = elementsOf(scale.proto, files);
  const zeros = zero === undefined ? undefined : elementsOf(zero.proto, files);
  if (packed === undefined || type === undefined || scales === undefined || (zero !== undefined && zeros === undefined))
    return undefined;

  const codes: CodeRun = {
    stored: packed.stored,
    offset: 0,
    count: rows * cols,
    type,
    row: { length: cols, stride: blocks * block },
  };
  const zeroRun: CodeRun | undefined =
    zeros === undefined || zero?.proto.type.dtype !== "U8"
      ? zeros
      : {
          ...zeros,
          count: rows * blocks,
          type,
          row: { length: blocks, stride: (Math.ceil((blocks * bits) / 8) * 8) / bits },
        };
  return {
    codes,
    grouping: { kind: "block", inner: 1, length: cols, block },
    scales: (signal) => streamCodes(scales, { signal }),
    zeros: zeroRun === undefined ? undefined : (signal) => streamCodes(zeroRun, { signal }),
    zero: 2 ** (bits - 1),
  };
}
