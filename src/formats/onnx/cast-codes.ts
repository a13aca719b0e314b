import { type Grouping, scaleCount } from "../affine-codes.js";
import { type GraphView, graphHints } from "./graph-hints.js";
import type { GraphTensor } from "./model.js";
import type { SidesAfter } from "./reshaping.js";
import type { Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

/**
 * Codes that the graph dequantises by plain arithmetic: Cast to float, then Sub of zero points, Mul by scales, Add of
 * an offset. Some exporters write convolutions like this, because runtimes have no integer kernel for them. w = (code -
 * zero) * scale + offset.
 */
export interface CastCodes {
  readonly grouping: Grouping;
  readonly scale: GraphTensor;
  readonly zero?: GraphTensor | undefined;
  readonly offset?: GraphTensor | undefined;
  readonly view: GraphView;
}

/** Sub, Mul, Add. */
const MAX_STEPS = 3;
/** The largest number of casts examined for one tensor. */
const MAX_CASTS = 8;

/**
 * Finds that arithmetic if its result is some operator's weight; integers are cast and multiplied for many other
 * reasons.
 */
export function findCastCodes(
  { scope, name, proto }: GraphTensor,
  lookup: Lookup,
  sidesAfter: SidesAfter,
): CastCodes | undefined {
  if (proto.type.bits > 8) return undefined;
  for (const cast of scope.uses(name).slice(0, MAX_CASTS)) {
    if (cast.node.op !== "Cast") continue;
    const { scale, zero, offset, result } = arithmeticAfter(cast, lookup);
    const grouping = scale === undefined ? undefined : broadcast(scale.proto.shape, proto.shape);
    if (scale === undefined || grouping === undefined) continue;
    // There must be as many zero points and offsets as scales.
    const fits = [zero, offset].every(
      (one) => one === undefined || one.proto.count === scaleCount(grouping, proto.count),
    );
    const view = fits ? graphHints({ scope: cast.scope, name: result, shape: proto.shape, sidesAfter }) : undefined;
    if (view !== undefined) return { grouping, scale, zero, offset, view };
  }
  return undefined;
}

interface Arithmetic {
  readonly scale?: GraphTensor;
  readonly zero?: GraphTensor;
  readonly offset?: GraphTensor;
  /** The result of the last step. */
  readonly result: string;
}

function arithmeticAfter({ node, scope }: Use, lookup: Lookup): Arithmetic {
  let found: Arithmetic = { result: node.outputs[0] ?? "" };
  for (let step = 0; step < MAX_STEPS; step++) {
    const [use, ...others] = scope.uses(found.result);
    // Without the scope's own names a constant might belong to another graph.
    if (use === undefined || others.length > 0 || use.scope !== scope) return found;
    const constant = lookup(scope, use.node.inputs[1 - use.input] ?? "");
    const { op } = use.node;
    const { scale, offset, zero } = found;
    if (constant === undefined || offset !== undefined) return found;
    const result = use.node.outputs[0] ?? "";
    if (op === "Mul" && scale === undefined) found = { ...found, scale: constant, result };
    else if (op === "Sub" && use.input === 0 && scale === undefined && zero === undefined)
      found = { ...found, zero: constant, result };
    else if (op === "Add" && scale !== undefined) found = { ...found, offset: constant, result };
    else return found;
  }
  return found;
}

/**
 * Which scale belongs to which code if their axes are aligned at the last one; undefined if the scales vary along more
 * than one axis.
 */
function broadcast(scales: readonly number[], codes: readonly number[]): Grouping | undefined {
  const long = scales.flatMap((side, k) => (side > 1 ? [codes.length - scales.length + k] : []));
  if (long.length === 0) return { kind: "tensor" };
  const [axis] = long;
  if (long.length > 1 || axis < 0 || scales[axis - codes.length + scales.length] !== codes[axis]) return undefined;
  return {
    kind: "axis",
    length: codes[axis],
    inner: codes.slice(axis + 1).reduce((product, side) => product * side, 1),
  };
}
