import type { JsonObject } from "../../bytes/json-value.js";
import type { TensorHints } from "../tensor.js";
import type { Use } from "./graph-nodes.js";

const CONV: TensorHints = { role: "conv", kernelLayout: "hwio" };
const DEPTHWISE: TensorHints = { role: "depthwise-conv", kernelLayout: "hwio" };
const TRANSPOSED: TensorHints = { role: "transposed-conv", kernelLayout: "hwio" };

/** Hints from TensorFlow's operations for the weight at one of their inputs. */
export const OPS: readonly (readonly [RegExp, (use: Use) => TensorHints | undefined])[] = [
  [/^_?(Fused)?Conv[23]D$/, ({ input }) => (input === 1 ? CONV : { role: "bias" })],
  [/^_?(Fused)?DepthwiseConv2dNative$/, ({ input }) => (input === 1 ? DEPTHWISE : { role: "bias" })],
  [/^Conv[23]DBackpropInput(V2)?$/, ({ input }) => (input === 1 ? TRANSPOSED : undefined)],
  [/^_?(Fused)?MatMul$/, matMul],
  [/^BatchMatMul(V[23])?$/, matMul],
  [/^(GatherV2|Gather|ResourceGather)$/, ({ input }) => (input === 0 ? { role: "embedding" } : undefined)],
  [/^BiasAdd(V1)?$/, ({ input }) => (input === 1 ? { role: "bias" } : undefined)],
  [/^_?FusedBatchNorm(V[23]|Ex)?$/, ({ input }) => (input > 0 ? { role: "norm" } : undefined)],
];

/** Operations that pass a weight on unchanged. */
export const PASSES: ReadonlySet<string> = new Set(["Identity", "ReadVariableOp", "Cast", "ExpandDims", "Enter"]);
/** Operations that look up rows of a table. */
export const GATHER = /^(GatherV2|Gather)$/;
/**
 * Operations that combine a constant with something computed, and neither multiply by it nor look up in it. For all
 * others this is unknown.
 */
export const NO_PRODUCT: ReadonlySet<string> = new Set([
  ...[
    "Add",
    "AddV2",
    "AddN",
    "Sub",
    "Mul",
    "Div",
    "RealDiv",
    "DivNoNan",
    "FloorDiv",
    "FloorMod",
    "Mod",
    "Maximum",
    "Minimum",
    "Pow",
  ],
  ...[
    "SquaredDifference",
    "Prelu",
    "Select",
    "SelectV2",
    "Where",
    "Concat",
    "ConcatV2",
    "Pack",
    "Stack",
    "Pad",
    "PadV2",
    "MirrorPad",
  ],
  ...[
    "Equal",
    "NotEqual",
    "Less",
    "LessEqual",
    "Greater",
    "GreaterEqual",
    "LogicalAnd",
    "LogicalOr",
    "ClipByValue",
    "Fill",
  ],
  ...[
    "Reshape",
    "Tile",
    "Slice",
    "StridedSlice",
    "Transpose",
    "ResizeBilinear",
    "ResizeNearestNeighbor",
    "Shape",
    "BroadcastTo",
  ],
  ...[
    "NonMaxSuppressionV3",
    "NonMaxSuppressionV4",
    "NonMaxSuppressionV5",
    "CropAndResize",
    "TensorScatterUpdate",
    "ScatterNd",
  ],
]);
/** Nodes that hold a stored tensor. */
export const CONSTANT = /^(Const|_Const)$/;

/** y = x W: W is in x out as the second factor and out x in as the first, unless the product transposes it. */
function matMul({ input, node: { json } }: Use): TensorHints | undefined {
  if (input > 1) return { role: "bias" };
  const transposed =
    input === 1
      ? isSet(json, "transpose_b") || isSet(json, "adj_y")
      : isSet(json, "transpose_a") || isSet(json, "adj_x");
  return { role: "dense", denseLayout: (input === 1) === transposed ? "out-in" : "in-out" };
}

function isSet(node: JsonObject, attribute: string): boolean {
  const attributes = node.get("attr");
  const value = attributes instanceof Map ? attributes.get(attribute) : undefined;
  return value instanceof Map && value.get("b") === true;
}
