import { type Grouping, scaleCount } from "../affine-codes.js";
import type { GraphTensor } from "./model.js";
import type { Scope, Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

/** How a tensor of codes becomes a weight: w = (code - zero) * scale. */
export interface Quantisation {
  /** The use of the codes. Hints for the weight come from this use, or from its result. */
  readonly use: Use;
  readonly grouping: Grouping;
  readonly scale: GraphTensor;
  readonly zero?: GraphTensor | undefined;
}

/**
 * Inputs of an operator that takes codes: the codes, their scales and zero points, and the axis along which scales may
 * differ.
 */
interface Ports {
  readonly codes: number;
  readonly scale: number | "traced";
  readonly zero: number;
  readonly axis: "first" | "last" | "attribute" | "gemm" | "recurrent";
}

/** The operators of ONNX and of ONNX Runtime that take a weight as codes. */
const PORTS: ReadonlyMap<string, readonly Ports[]> = new Map<string, readonly Ports[]>([
  ["DequantizeLinear", [{ codes: 0, scale: 1, zero: 2, axis: "attribute" }]],
  ["QLinearConv", [{ codes: 3, scale: 4, zero: 5, axis: "first" }]],
  [
    "QLinearMatMul",
    [
      { codes: 3, scale: 4, zero: 5, axis: "last" },
      { codes: 0, scale: 1, zero: 2, axis: "first" },
    ],
  ],
  ["QGemm", [{ codes: 3, scale: 4, zero: 5, axis: "gemm" }]],
  ["QAttention", [{ codes: 1, scale: 4, zero: 7, axis: "last" }]],
  ["MatMulInteger", [{ codes: 1, scale: "traced", zero: 3, axis: "last" }]],
  ["ConvInteger", [{ codes: 1, scale: "traced", zero: 3, axis: "first" }]],
  ["MatMulIntegerToFloat", [{ codes: 1, scale: 3, zero: 5, axis: "last" }]],
  ["DynamicQuantizeMatMul", [{ codes: 1, scale: 2, zero: 3, axis: "last" }]],
  [
    "DynamicQuantizeLSTM",
    [
      { codes: 1, scale: 8, zero: 9, axis: "recurrent" },
      { codes: 2, scale: 10, zero: 11, axis: "recurrent" },
    ],
  ],
  ["GatherBlockQuantized", [{ codes: 0, scale: 2, zero: 3, axis: "attribute" }]],
]);

/** The largest number of uses examined for one tensor. */
const MAX_USES = 100;

/**
 * Finds the operator that turns a tensor of codes into a weight. "unknown" if the scales of the operator cannot be
 * determined.
 */
export function findQuantisation(
  { scope, name, proto }: GraphTensor,
  lookup: Lookup,
): Quantisation | "unknown" | undefined {
  let unknown = false;
  for (const { use, moved } of usesOfCodes(scope.uses(name))) {
    const ports = PORTS.get(use.node.op)?.find((candidate) => candidate.codes === use.input);
    if (ports === undefined) continue;
    const scale =
      ports.scale === "traced" ? tracedScale(use, lookup) : lookup(use.scope, use.node.inputs[ports.scale] ?? "");
    const grouping =
      scale === undefined || (moved && scale.proto.count !== 1)
        ? undefined
        : groupingOf({ use, ports, shape: proto.shape, scale });
    const zeroName = use.node.inputs[ports.zero] ?? "";
    const zero = lookup(use.scope, zeroName);
    // There are zero points for all groups or for none; a single one may apply to all.
    const zeroFits =
      zeroName === "" || (zero !== undefined && grouping !== undefined && fits(zero, grouping, proto.count));
    if (scale !== undefined && grouping !== undefined && zeroFits) return { use, grouping, scale, zero };
    unknown = true;
  }
  return unknown ? "unknown" : undefined;
}

/** Operators that select or move codes before they are dequantised: the result has the same single scale. */
const MOVES: ReadonlySet<string> = new Set(["Gather", "Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze"]);
const MAX_MOVES = 3;

function usesOfCodes(uses: readonly Use[]): { use: Use; moved: boolean }[] {
  const found: { use: Use; moved: boolean }[] = [];
  let looked = 0;
  const follow = (some: readonly Use[], moves: number): void => {
    for (const use of some) {
      if (++looked > MAX_USES) return;
      const { node, input, scope } = use;
      if (!MOVES.has(node.op) || input !== 0) found.push({ use, moved: moves > 0 });
      else if (moves < MAX_MOVES && node.outputs.length > 0) follow(scope.uses(node.outputs[0]), moves + 1);
    }
  };
  follow(uses, 0);
  return found;
}

function fits(zero: GraphTensor, grouping: Grouping, count: number): boolean {
  return zero.proto.count === scaleCount(grouping, count);
}

interface Groups {
  readonly use: Use;
  readonly ports: Ports;
  readonly shape: readonly number[];
  readonly scale: GraphTensor;
}

function groupingOf({ use, ports, shape, scale }: Groups): Grouping | undefined {
  const sides = scale.proto.shape;
  const block = use.node.integers.get("block_size")?.[0] ?? (use.node.op === "GatherBlockQuantized" ? 128 : 0);
  const axis = axisOf(use, ports, shape);
  if (scale.proto.count === 1) return { kind: "tensor" };
  if (!(axis >= 0 && axis < shape.length)) return undefined;
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const length = shape[axis];
  if (block > 0) {
    const blocked =
      sides.length === shape.length &&
      sides.every((side, k) => side === (k === axis ? Math.ceil(length / block) : shape[k]));
    return blocked ? { kind: "block", inner, length, block } : undefined;
  }
  return scale.proto.count === length && sides.filter((side) => side > 1).length === 1
    ? { kind: "axis", inner, length }
    : undefined;
}

function axisOf({ node }: Use, { axis }: Ports, shape: readonly number[]): number {
  const last = shape.length - 1;
  if (axis === "first") return 0;
  if (axis === "last") return last;
  if (axis === "gemm") return (node.integers.get("transB")?.[0] ?? 0) !== 0 ? 0 : last;
  // One scale per direction if there are two; one per gate column if there is one direction.
  if (axis === "recurrent") return shape[0] > 1 ? 0 : last;
  const [written] = node.integers.get(node.op === "GatherBlockQuantized" ? "quantize_axis" : "axis") ?? [1];
  return written < 0 ? written + shape.length : written;
}

/**
 * The scales of an integer product, which are applied later: y = Cast(A B) * (scale of A * scale of B) or y = (Cast(A
 * B) * scale of A) * scale of B. The scale of B is the constant among those factors.
 */
function tracedScale({ node, scope }: Use, lookup: Lookup): GraphTensor | undefined {
  let name = node.outputs[0] ?? "";
  for (let step = 0; step < 4; step++) {
    const use = scope.uses(name)[0];
    if (use === undefined || (use.node.op !== "Cast" && use.node.op !== "Mul")) return undefined;
    if (use.node.op === "Mul") {
      const factor = use.node.inputs[1 - use.input] ?? "";
      const scale = constantFactor(factor, use.scope, lookup);
      if (scale !== undefined) return scale;
    }
    name = use.node.outputs[0] ?? "";
  }
  return undefined;
}

function constantFactor(name: string, scope: Scope, lookup: Lookup): GraphTensor | undefined {
  const direct = lookup(scope, name);
  if (direct !== undefined) return direct;
  const producer = scope.producer(name);
  if (producer?.op !== "Mul") return undefined;
  const constants = producer.inputs.map((input) => lookup(scope, input)).filter((found) => found !== undefined);
  return constants.length === 1 ? constants[0] : undefined;
}
