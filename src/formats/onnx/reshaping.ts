import type { Pace } from "../../bytes/pace.js";
import { streamCodes } from "../code-run.js";
import { elementCount, MAX_AXES } from "../shape.js";
import { constancy } from "./constancy.js";
import { elementsOf } from "./elements.js";
import type { GraphTensor } from "./model.js";
import type { ModelFiles } from "./regions.js";
import type { Use } from "./scope.js";
import { tensorLookup } from "./tensor-lookup.js";

/** The sides that a value of these sides has after a node; undefined if the file does not tell them. */
export type SidesAfter = (use: Use, sides: readonly number[]) => readonly number[] | undefined;

/** Steps to read the sides of one Reshape, a read of some bytes. */
const READ_STEPS = 256;
/** The largest number of uses examined for one list of sides. */
const MAX_USES = 1000;
const RESHAPES: ReadonlySet<string> = new Set(["Reshape", "Flatten"]);

/** Whether a node changes only the sides of its first input, not the order of its elements. */
export function isReshape({ node, input }: Use): boolean {
  return RESHAPES.has(node.op) && input === 0;
}

/**
 * Reads the sides that Reshape nodes give to tensors of the file. Sides that are computed when the model runs are not
 * known.
 */
export async function readSidesAfter(
  tensors: readonly GraphTensor[],
  files: ModelFiles,
  { pace, signal }: { readonly pace: Pace; readonly signal?: AbortSignal | undefined },
): Promise<SidesAfter> {
  const lookup = tensorLookup(tensors);
  const isConstant = constancy(lookup, pace);
  const written = new Map<GraphTensor, readonly number[]>();
  for (const tensor of tensors) {
    if (!isListOfSides(tensor)) continue;
    const uses = tensor.scope.uses(tensor.name).slice(0, MAX_USES);
    if (pace.spend(uses.length)) await pace.turn();
    // Most Reshape nodes reshape what the network computes.
    const reshapesConstant = ({ node, input, scope }: Use): boolean =>
      node.op === "Reshape" && input === 1 && isConstant(scope, node.inputs[0]);
    if (!uses.some(reshapesConstant)) continue;
    if (pace.spend(READ_STEPS)) await pace.turn();
    const run = elementsOf(tensor.proto, files);
    const sides: number[] = [];
    if (run !== undefined) for await (const chunk of streamCodes(run, { signal })) sides.push(...chunk);
    written.set(tensor, sides);
  }
  return (use, sides) => {
    const { node, scope } = use;
    if (node.op === "Flatten") return flattenedSides(sides, node.integers.get("axis")?.[0] ?? 1);
    const given = lookup(scope, node.inputs[1] ?? "");
    const wanted = given === undefined ? undefined : written.get(given);
    return wanted && reshapedSides(sides, wanted, (node.integers.get("allowzero")?.[0] ?? 0) !== 0);
  };
}

function isListOfSides({ proto: { shape, type, count } }: GraphTensor): boolean {
  return shape.length === 1 && type.dtype === "I64" && count <= MAX_AXES;
}

/**
 * 0 keeps a side (unless `allowzero`), and one -1 is whatever is left [ONNX operators, Reshape-14]. Undefined if the
 * elements do not fit.
 */
function reshapedSides(
  sides: readonly number[],
  wanted: readonly number[],
  allowZero: boolean,
): readonly number[] | undefined {
  const kept = wanted.map((side, axis) => (side === 0 && !allowZero ? (sides[axis] ?? Number.NaN) : side));
  const all = elementCount(sides);
  const known = kept.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const made = kept.map((side) => (side === -1 && all !== undefined ? all / known : side));
  const fits = made.every((side) => Number.isInteger(side) && side >= 0);
  return fits && made.reduce((product, side) => product * side, 1) === all ? made : undefined;
}

/** The sides before `axis`, and the others. A negative axis counts from the end [ONNX operators, Flatten-13]. */
function flattenedSides(sides: readonly number[], axis: number): readonly number[] | undefined {
  const cut = axis < 0 ? axis + sides.length : axis;
  if (cut < 0 || cut > sides.length) return undefined;
  const product = (some: readonly number[]): number => some.reduce((all, side) => all * side, 1);
  return [product(sides.slice(0, cut)), product(sides.slice(cut))];
}
