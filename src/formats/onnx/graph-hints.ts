import type { TensorHints } from "../tensor.js";
import { layerLabel } from "./layer-label.js";
import { inputWord, operatorHints } from "./operators.js";
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
}

/**
 * Hints from the graph for a tensor: from the first operator that takes it as a weight, directly or through operators
 * that only pass it on.
 */
export function graphHints({ scope, name, shape }: Search): TensorHints | undefined {
  let looked = 0;
  const find = (
    uses: readonly Use[],
    sides: readonly number[],
    passes: number,
  ): { hints: TensorHints; use: Use } | undefined => {
    for (const use of uses) {
      if (++looked > MAX_USES) return undefined;
      const hints = operatorHints(use, sides);
      if (hints !== undefined) return { hints, use };
      if (!PASSES.has(use.node.op) || use.input !== 0 || passes === MAX_PASSES || use.node.outputs.length === 0)
        continue;
      const perm = use.node.op === "Transpose" ? permutation(use, sides.length) : undefined;
      const found = find(
        use.scope.uses(use.node.outputs[0]),
        perm === undefined ? sides : perm.map((axis) => sides[axis]),
        passes + 1,
      );
      if (found !== undefined)
        return perm === undefined ? found : { ...found, hints: undoTranspose(found.hints, perm) };
    }
    return undefined;
  };
  const found = find(scope.uses(name), shape, 0);
  if (found === undefined) return undefined;
  const label = layerLabel({ tensor: name, node: found.use.node, word: inputWord(found.use) });
  return label === undefined ? found.hints : { ...found.hints, label };
}

/** Without an attribute, Transpose reverses the axes. */
function permutation({ node }: Use, axes: number): readonly number[] {
  return node.integers.get("perm") ?? Array.from({ length: axes }, (_, k) => axes - 1 - k);
}
