import type { JsonObject, JsonValue } from "../strict-json.js";
import type { TensorHints } from "../tensor.js";
import type { HintFor } from "./layers-topology.js";

interface Use {
  readonly op: string;
  /** At which input the weight goes in. */
  readonly input: number;
  readonly node: JsonObject;
}

const CONV: TensorHints = { role: "conv", kernelLayout: "hwio" };
const DEPTHWISE: TensorHints = { role: "depthwise-conv", kernelLayout: "hwio" };
const TRANSPOSED: TensorHints = { role: "transposed-conv", kernelLayout: "hwio" };

/** What TensorFlow's operations say of the weight at one of their inputs. */
const OPS: readonly (readonly [RegExp, (use: Use) => TensorHints | undefined])[] = [
  [/^_?(Fused)?Conv[23]D$/, ({ input }) => (input === 1 ? CONV : { role: "bias" })],
  [/^_?(Fused)?DepthwiseConv2dNative$/, ({ input }) => (input === 1 ? DEPTHWISE : { role: "bias" })],
  [/^Conv[23]DBackpropInput(V2)?$/, ({ input }) => (input === 1 ? TRANSPOSED : undefined)],
  [/^_?(Fused)?MatMul$/, matMul],
  [/^BatchMatMul(V[23])?$/, matMul],
  [/^(GatherV2|Gather|ResourceGather)$/, ({ input }) => (input === 0 ? { role: "embedding" } : undefined)],
  [/^BiasAdd(V1)?$/, ({ input }) => (input === 1 ? { role: "bias" } : undefined)],
  [/^_?FusedBatchNorm(V[23]|Ex)?$/, ({ input }) => (input > 0 ? { role: "norm" } : undefined)],
];

/** Operations that hand a weight on as it is. */
const PASSES: ReadonlySet<string> = new Set(["Identity", "ReadVariableOp", "Cast", "ExpandDims", "Enter"]);
/** Longest chain of those that is followed: converters leave at most two or three. */
const MAX_PASSES = 8;

/** Places looked at for one weight: a graph may pass a name back to itself any number of times. */
const MAX_USES = 1000;

/** What the graph of a graph model (TensorFlow) says of its weights, which are constant nodes of the same names. */
export function graphHints(topology: JsonValue | undefined): HintFor {
  const uses = readUses(topology);
  let looked = 0;
  const find = (name: string, passes: number): TensorHints | undefined => {
    for (const use of uses.get(name) ?? []) {
      if (++looked > MAX_USES) return undefined;
      const hints = OPS.find(([pattern]) => pattern.test(use.op))?.[1](use);
      if (hints !== undefined) return hints;
      const next = use.node.get("name");
      const passed =
        PASSES.has(use.op) && use.input === 0 && passes < MAX_PASSES && typeof next === "string" ? find(next, passes + 1) : undefined;
      if (passed !== undefined) return passed;
    }
    return undefined;
  };
  return (name) => {
    looked = 0;
    return find(name, 0);
  };
}

/** For every node's name, where its output goes in. */
function readUses(topology: JsonValue | undefined): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  const nodes = topology instanceof Map ? topology.get("node") : undefined;
  if (!Array.isArray(nodes)) return uses;
  for (const node of nodes) {
    const [op, inputs] = node instanceof Map ? [node.get("op"), node.get("input")] : [];
    if (typeof op !== "string" || !Array.isArray(inputs)) continue;
    inputs.forEach((input: JsonValue, k: number) => {
      // "^name" is a mere order of execution.
      if (typeof input !== "string" || input.startsWith("^")) return;
      const from = input.replace(/:\d+$/, "");
      const list = uses.get(from);
      const use = { op, input: k, node };
      if (list === undefined) uses.set(from, [use]);
      else list.push(use);
    });
  }
  return uses;
}

/** y = x W: W is in x out as the second factor and out x in as the first, unless the product transposes it. */
function matMul({ input, node }: Use): TensorHints | undefined {
  if (input > 1) return { role: "bias" };
  const transposed = input === 1 ? isSet(node, "transpose_b") || isSet(node, "adj_y") : isSet(node, "transpose_a") || isSet(node, "adj_x");
  return { role: "dense", denseLayout: (input === 1) === transposed ? "out-in" : "in-out" };
}

function isSet(node: JsonObject, attribute: string): boolean {
  const attributes = node.get("attr");
  const value = attributes instanceof Map ? attributes.get(attribute) : undefined;
  return value instanceof Map && value.get("b") === true;
}
