import type { Pace, Steps } from "../../bytes/pace.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import type { JsonObject, JsonValue } from "../../bytes/strict-json.js";
import type { TensorHints } from "../tensor.js";
import type { Topology } from "./topology.js";

interface Node {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes whose values are inputs. */
  readonly inputs: readonly string[];
  readonly json: JsonObject;
}

interface Use {
  readonly node: Node;
  /** The input that takes the weight. */
  readonly input: number;
}

const CONV: TensorHints = { role: "conv", kernelLayout: "hwio" };
const DEPTHWISE: TensorHints = { role: "depthwise-conv", kernelLayout: "hwio" };
const TRANSPOSED: TensorHints = { role: "transposed-conv", kernelLayout: "hwio" };

/** Hints from TensorFlow's operations for the weight at one of their inputs. */
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

/** Operations that pass a weight on unchanged. */
const PASSES: ReadonlySet<string> = new Set(["Identity", "ReadVariableOp", "Cast", "ExpandDims", "Enter"]);
const GATHER = /^(GatherV2|Gather)$/;
/**
 * Operations that combine a constant with something computed, and neither multiply by it nor look up in it. For all
 * others this is unknown.
 */
const NO_PRODUCT: ReadonlySet<string> = new Set([
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
const CONSTANT = /^(Const|_Const)$/;
/**
 * The largest number of consecutive operations followed, and of uses examined for one weight: a graph may refer back to
 * itself any number of times.
 */
const MAX_STEPS = 32;
const MAX_USES = 1000;
/** The largest number of operations named in a reason. */
const MAX_NAMED = 4;

/** Steps to read a node, to follow an input to its node, and to examine one use of a weight. */
const NODE_STEPS = 16;
const INPUT_STEPS = 2;
const USE_STEPS = 8;

/**
 * Hints from a graph model (TensorFlow) for its weights, which are constant nodes of the same names. The returned
 * functions spend their steps without a pause: one weight takes at most about 1 ms, and the caller pauses before the
 * next.
 */
export function* graphTopology(topology: JsonValue | undefined, pace: Pace): Steps<Topology> {
  const nodes = yield* readNodes(topology, pace);
  const uses = yield* usesOf(nodes, pace);
  const positions = yield* executionOrder(nodes, pace);
  const folded = yield* foldedIn(nodes, positions, pace);
  const known = new Map<string, Consumption>();
  const consumption = (name: string): Consumption => {
    const found = known.get(name) ?? consume(name, { uses, positions, folded, pace });
    known.set(name, found);
    return found;
  };
  return {
    order: nodes.length === 0 ? "file" : "graph",
    hintFor: (name) => consumption(name).hints,
    positionOf: (name) => consumption(name).position,
  };
}

interface Consumption {
  readonly hints: TensorHints | undefined;
  readonly position: number | undefined;
}

interface Graph {
  /** For every node's name, the uses of its output. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Position of every node in an order in which each comes after its inputs. */
  readonly positions: ReadonlyMap<string, number>;
  /** Nodes that compute from constants alone. */
  readonly folded: ReadonlySet<string>;
  readonly pace: Pace;
}

/**
 * The first operation that takes a constant as a weight, directly or through operations that pass it on or compute from
 * constants alone; else all operations that take it.
 */
function consume(constant: string, { uses, positions, folded, pace }: Graph): Consumption {
  const seen = new Set([constant]);
  const open = [{ name: constant, steps: 0 }];
  const found: { readonly hints: TensorHints; readonly position: number }[] = [];
  const others = new Set<string>();
  // Constants of the library's functions are not nodes of the graph.
  let [looked, undecided] = [0, !positions.has(constant)];
  let earliest: number | undefined;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const use of uses.get(next.name) ?? []) {
      const { node, input } = use;
      pace.spend(USE_STEPS);
      const position = positions.get(node.name) ?? 0;
      earliest = Math.min(earliest ?? position, position);
      const hints = OPS.find(([pattern]) => pattern.test(node.op))?.[1](use);
      // A look-up at fixed indices only rearranges a table.
      const follow =
        (PASSES.has(node.op) && input === 0) ||
        (folded.has(node.name) && (hints === undefined || GATHER.test(node.op)));
      if (++looked > MAX_USES || (follow && next.steps === MAX_STEPS)) undecided = true;
      else if (!follow && hints !== undefined) found.push({ hints, position });
      else if (!follow && NO_PRODUCT.has(node.op)) others.add(node.op);
      else if (!follow) undecided = true;
      else if (!seen.has(node.name)) {
        seen.add(node.name);
        open.push({ name: node.name, steps: next.steps + 1 });
      }
    }
    if (looked > MAX_USES) break;
  }
  if (found.length > 0) return found.reduce((first, each) => (each.position < first.position ? each : first));
  return { hints: undecided ? undefined : { onlyFeeds: [...others].slice(0, MAX_NAMED) }, position: earliest };
}

function* readNodes(topology: JsonValue | undefined, pace: Pace): Steps<Node[]> {
  const nodes = topology instanceof Map ? topology.get("node") : undefined;
  if (!Array.isArray(nodes)) return [];
  const read: Node[] = [];
  for (const json of nodes as readonly JsonValue[]) {
    if (pace.spend(NODE_STEPS)) yield;
    if (!(json instanceof Map)) continue;
    const [name, op, inputs] = [json.get("name"), json.get("op"), json.get("input") ?? []];
    if (typeof name !== "string" || typeof op !== "string" || !Array.isArray(inputs)) continue;
    // "^name" only declares an order of execution.
    const values = inputs.filter(
      (input: JsonValue): input is string => typeof input === "string" && !input.startsWith("^"),
    );
    if (pace.spend(INPUT_STEPS * values.length)) yield;
    read.push({ name, op, inputs: values.map((input) => input.replace(/:\d+$/, "")), json });
  }
  return read;
}

function* usesOf(nodes: readonly Node[], pace: Pace): Steps<Map<string, Use[]>> {
  const uses = new Map<string, Use[]>();
  for (const node of nodes) {
    if (pace.spend(1 + INPUT_STEPS * node.inputs.length)) yield;
    node.inputs.forEach((from, input) => {
      const list = uses.get(from);
      if (list === undefined) uses.set(from, [{ node, input }]);
      else list.push({ node, input });
    });
  }
  return uses;
}

/**
 * A depth-first order: every node after its inputs, as close to the listed order as that allows. Loops (Enter,
 * NextIteration) are cut where they close.
 */
function* executionOrder(nodes: readonly Node[], pace: Pace): Steps<Map<string, number>> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const positions = new Map<string, number>();
  const entered = new Set<string>();
  for (const root of nodes) {
    const stack = entered.has(root.name) ? [] : [{ node: root, next: 0 }];
    entered.add(root.name);
    while (stack.length > 0) {
      if (pace.spend(INPUT_STEPS)) yield;
      const level = stack[stack.length - 1];
      const input = level.node.inputs[level.next++];
      if (level.next > level.node.inputs.length) {
        positions.set(level.node.name, positions.size);
        stack.pop();
        continue;
      }
      const node = byName.get(input);
      if (node === undefined || entered.has(input)) continue;
      entered.add(input);
      stack.push({ node, next: 0 });
    }
  }
  return positions;
}

/**
 * Nodes all of whose inputs are constants or computed from constants; at least one input, which excludes placeholders
 * and random numbers.
 */
function* foldedIn(nodes: readonly Node[], positions: ReadonlyMap<string, number>, pace: Pace): Steps<Set<string>> {
  const constant = new Set(nodes.filter(({ op }) => CONSTANT.test(op)).map(({ name }) => name));
  const folded = new Set<string>();
  const byPosition = (a: Node, b: Node): number => (positions.get(a.name) ?? 0) - (positions.get(b.name) ?? 0);
  for (const { name, op, inputs } of yield* sortInSteps(nodes, byPosition, { pace, steps: INPUT_STEPS })) {
    if (pace.spend(1 + inputs.length)) yield;
    if (inputs.length === 0 || /Call$|^(If|While|Case)|^Stateless(If|While)/.test(op)) continue;
    if (inputs.every((input) => constant.has(input) || folded.has(input))) folded.add(name);
  }
  return folded;
}

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
