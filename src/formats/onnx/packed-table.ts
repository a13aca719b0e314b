import type { AffineCodes } from "../affine-codes.js";
import { type CodeRun, codeTypeOf, streamCodes } from "../code-run.js";
import { elementsOf } from "./elements.js";
import type { GraphTensor } from "./model.js";
import type { ModelFiles } from "./regions.js";
import type { Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

const SCALES = 2;
const ZERO_POINTS = 3;

/** A table of ONNX Runtime's GatherBlockQuantized whose codes are packed in bytes. */
export interface PackedTable {
  readonly use: Use;
  readonly shape: readonly number[];
  readonly bits: number;
  readonly block: number;
  readonly scale: GraphTensor;
  readonly zero?: GraphTensor | undefined;
}

/**
 * Finds the GatherBlockQuantized that takes uint8 data as codes of `bits` bits packed along the last axis, the first in
 * the lowest bits [ONNX Runtime, ContribOperators.md, com.microsoft.GatherBlockQuantized]; zero points are packed
 * alike, or 2^(bits - 1). "unknown" if its numbers are inconsistent. Data of 4-bit types, and of 8 bits, are no packed
 * tables.
 */
export function findPackedTable(
  { scope, name, proto }: GraphTensor,
  lookup: Lookup,
): PackedTable | "unknown" | undefined {
  const use = scope.uses(name).find(({ node, input }) => node.op === "GatherBlockQuantized" && input === 0);
  const bits = use?.node.integers.get("bits")?.[0] ?? 4;
  if (use === undefined || proto.type.dtype !== "U8") return undefined;
  const block = use.node.integers.get("block_size")?.[0] ?? 128;
  const last = proto.shape.length - 1;
  const written = use.node.integers.get("quantize_axis")?.[0] ?? 1;
  const axis = written < 0 ? written + proto.shape.length : written;
  if (![2, 4, 8].includes(bits) || last < 1 || axis !== last || block < 16) return "unknown";
  const shape = [...proto.shape.slice(0, last), (proto.shape[last] * 8) / bits];
  const rows = shape.slice(0, last).reduce((product, side) => product * side, 1);
  const blocks = Math.ceil(shape[last] / block);
  const zeroName = use.node.inputs[ZERO_POINTS] ?? "";
  const [scale, zero] = [lookup(use.scope, use.node.inputs[SCALES] ?? ""), lookup(use.scope, zeroName)];
  const zeroFits =
    zeroName === "" || (zero?.proto.type.dtype === "U8" && zero.proto.count === rows * Math.ceil((blocks * bits) / 8));
  return scale?.proto.count === rows * blocks && zeroFits ? { use, shape, bits, block, scale, zero } : "unknown";
}

/** The table as codes with scales; undefined if a part has a type that is not decoded. */
export function tableCodes(
  { proto }: GraphTensor,
  { shape, bits, block, scale, zero }: PackedTable,
  files: ModelFiles,
): Omit<AffineCodes, "where"> | undefined {
  const [packed, scales] = [elementsOf(proto, files), elementsOf(scale.proto, files)];
  const zeros = zero === undefined ? undefined : elementsOf(zero.proto, files);
  const type = codeTypeOf(bits === 8 ? "U8" : `U${bits}`);
  if (packed === undefined || scales === undefined || type === undefined) return undefined;
  const length = shape[shape.length - 1];
  const count = shape.reduce((product, side) => product * side, 1);
  const blocks = Math.ceil(length / block);
  const zeroRun: CodeRun | undefined = zeros && {
    ...zeros,
    type,
    count: (count / length) * blocks,
    row: { length: blocks, stride: (Math.ceil((blocks * bits) / 8) * 8) / bits },
  };
  return {
    codes: { stored: packed.stored, offset: 0, count, type },
    grouping: { kind: "block", inner: 1, length, block },
    scales: (signal) => streamCodes(scales, { signal }),
    zeros: zeroRun && ((signal) => streamCodes(zeroRun, { signal })),
    zero: 2 ** (bits - 1),
  };
}
