import type { TensorHints } from "../tensor.js";
import { layerLabel } from "./layer-label.js";
import { inputWord, operatorHints } from "./operators.js";
import { isReshape, type SidesAfter } from "./reshaping.js";
import type { Scope, Use } from "./scope.js";
import { undoTranspose } from "./transposition.js";

/** Operators that pass a weight on unchanged or transposed. */
const PASSES: ReadonlySet<string> = new Set([
  "Identity",
  "Cast",
  "CastLike",
  "QuantizeLinear",
  "DequantizeLinear",
  "Transpose",
]);
/** Exporters write at most three of those in a row. */
const MAX_PASSES = 8;
/** The largest number of uses examined for one weight. */
const MAX_USES = 1000;

interface Search {
  readonly scope: Scope;
  readonly name: string;
  readonly shape: readonly number[];
  readonly sidesAfter: SidesAfter;
}

/** What an operator shows of a weight. */
export interface GraphView {
  readonly hints: TensorHints;
  /** The sides in which the operator takes the tensor's elements, in their stored order. */
  readonly shape: readonly number[];
}

interface Found extends GraphView {
  readonly use: Use;
}

/**
 * Hints from the graph for a tensor: from the first operator that takes it as a weight, directly or through operators
 * that only pass it on or reshape it. A weight that is first transposed and then reshaped, or reshaped to unknown
 * sides, is refused.
 */
export function graphHints({ scope, name, shape, sidesAfter }: Search): GraphView | undefined {
  let looked = 0;
  const find = (uses: readonly Use[], sides: readonly number[], path: Path): Found | undefined => {
    for (const use of uses) {
      if (++looked > MAX_USES) return undefined;
      const hints = operatorHints(use, sides);
      if (hints !== undefined) return { hints, use, shape: sides };
      if (use.input !== 0 || path.passes === MAX_PASSES || use.node.outputs.length === 0) continue;
      const next = step(use, sides, path);
      if (next === undefined) continue;
      const found = find(use.scope.uses(use.node.outputs[0]), next.sides, next.path);
      if (found !== undefined) return next.undo(found);
    }
    return undefined;
  };
  const step = (use: Use, sides: readonly number[], path: Path): Step | undefined => {
    const onwards = { ...path, passes: path.passes + 1 };
    if (isReshape(use)) return reshaped(sides, sidesAfter(use, sides), onwards);
    if (!PASSES.has(use.node.op)) return undefined;
    if (use.node.op !== "Transpose") return { sides, path: onwards, undo: (found) => found };
    const perm = permutation(use, sides.length);
    return {
      sides: perm.map((axis) => sides[axis]),
      path: { ...onwards, isTransposed: true },
      undo: (found) => ({ ...found, hints: undoTranspose(found.hints, perm), shape: sides }),
    };
  };
  const found = find(scope.uses(name), shape, { passes: 0, isTransposed: false });
  if (found === undefined) return undefined;
  const label = layerLabel({ tensor: name, node: found.use.node, word: inputWord(found.use) });
  return { hints: label === undefined ? found.hints : { ...found.hints, label }, shape: found.shape };
}

interface Path {
  readonly passes: number;
  /** Whether the elements are no longer in their stored order. */
  readonly isTransposed: boolean;
}

interface Step {
  readonly sides: readonly number[];
  readonly path: Path;
  /** What the operator behind this node shows of the tensor before it. */
  readonly undo: (found: Found) => Found;
}

/** Axes of 1 that come or go change no matrix. */
function reshaped(before: readonly number[], after: readonly number[] | undefined, path: Path): Step {
  if (after === undefined) return refused("the graph reshapes it to sides that the file does not tell", before, path);
  const long = (sides: readonly number[]): string => sides.filter((side) => side !== 1).join();
  if (long(before) === long(after)) return { sides: before, path, undo: (found) => found };
  if (!path.isTransposed) return { sides: after, path, undo: (found) => found };
  const order = `the graph transposes it and then makes it ${after.join(" x ")}, in another order than stored`;
  return refused(order, after, path);
}

function refused(why: string, sides: readonly number[], path: Path): Step {
  const refusal = `${why}: this version does not read the matrix`;
  return { sides, path, undo: (found) => ({ ...found, hints: { refusal } }) };
}

/** Without an attribute, Transpose reverses the axes. */
function permutation({ node }: Use, axes: number): readonly number[] {
  return node.integers.get("perm") ?? Array.from({ length: axes }, (_, k) => axes - 1 - k);
}
