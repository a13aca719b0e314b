import type { Pace } from "../../bytes/pace.js";
import type { TensorHints } from "../tensor.js";
import { constancy, folding, MAX_STEPS } from "./constancy.js";
import { operatorHints } from "./operators.js";
import { isReshape } from "./reshaping.js";
import type { Scope, Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

/** How the graph uses a constant in the end, followed through everything that only rearranges or scales it. */
export interface Consumers {
  /**
   * The operators that take it, if none of them multiplies, convolves or looks up by it; undefined if one does, or may.
   */
  readonly onlyFeeds: readonly string[] | undefined;
  /**
   * Position of the first node that takes it as a weight, else of the first that takes it at all; undefined if none
   * does.
   */
  readonly position: number | undefined;
  /** Whether a product, a convolution or a recurrent cell takes it, or perhaps one of too many uses. */
  readonly isMultiplied: boolean;
}

/** Roles that only a product, a convolution or a recurrent cell gives. */
const MULTIPLIED: ReadonlySet<TensorHints["role"]> = new Set([
  ...(["dense", "conv", "depthwise-conv", "transposed-conv", "recurrent"] as const),
]);
/** Products for whose inputs there is no rule. */
const OTHER_PRODUCTS: ReadonlySet<string> = new Set(["Einsum", "DeformConv"]);

/** Finds the consumers of a graph's constants. */
export type ConsumersOf = (constant: { readonly scope: Scope; readonly name: string }) => Consumers;

/** Steps to examine one use. */
const USE_STEPS = 4;
/** The largest number of uses examined for one constant. */
const MAX_USES = 1000;

/** The largest number of operators named in a reason. */
const MAX_NAMED = 4;

/**
 * ONNX's own operators that may multiply by an input for which `operatorHints` has no rule, or that pass it to another
 * graph. No other does.
 */
const MAY_MULTIPLY: ReadonlySet<string> = new Set([
  ...["Einsum", "Attention", "LinearAttention", "DeformConv", "DFT", "GatherND", "GatherElements"],
  ...["If", "Loop", "Scan", "SequenceMap"],
]);
/**
 * Operators that take tables of rotary positions, and the first input that is one [ONNX Runtime, ContribOperators.md].
 */
const ROTARY_TABLES: ReadonlyMap<string, number> = new Map([
  ["RotaryEmbedding", 1],
  ["GroupQueryAttention", 7],
]);
/** Operators whose output does not depend on the input's values. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(["Shape", "Size"]);

const OWN_DOMAINS: ReadonlySet<string> = new Set(["", "ai.onnx"]);

/**
 * "known": `operatorHints` has a rule for the input. "follow": the result is a constant too, and is examined instead.
 */
type Verdict = "known" | "follow" | "unknown" | "other";

/**
 * Follows a constant through every node whose inputs are all constant (reshapes, slices, scalings, look-ups at fixed
 * indices) to the nodes that combine it with something computed. Operators of other domains and bodies of control flow
 * leave open whether it is a weight. Spends its steps without a pause: one constant takes at most about 1 ms, and the
 * caller pauses before the next.
 */
export function consumersIn(lookup: Lookup, pace: Pace): ConsumersOf {
  const isFolded = folding(constancy(lookup, pace));
  return (constant) => {
    const found: { readonly use: Use; readonly verdict: Verdict }[] = [];
    const seen = new Set<string>();
    const open = [{ ...constant, steps: 0 }];
    let looked = 0;
    let undecided = false;
    let earliest: number | undefined;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { scope, name, steps } = next;
      const uses = scope.uses(name);
      // The output of a body or a function is not followed to its users.
      if (uses.length === 0 && (scope.prefix !== "" || scope.isEmpty)) undecided = true;
      for (const use of uses) {
        pace.spend(USE_STEPS);
        if (++looked > MAX_USES)
          return { onlyFeeds: undefined, position: firstTelling(found) ?? earliest, isMultiplied: true };
        earliest = Math.min(earliest ?? use.node.position, use.node.position);
        const verdict = verdictOn(use, isFolded);
        if (verdict !== "follow") found.push({ use, verdict });
        else if (steps === MAX_STEPS) undecided = true;
        else {
          for (const output of use.node.outputs) {
            const key = `${use.scope.prefix}\0${output}`;
            if (output !== "" && !seen.has(key)) open.push({ scope: use.scope, name: output, steps: steps + 1 });
            seen.add(key);
          }
        }
      }
    }
    const onlyOthers = !undecided && found.every(({ verdict }) => verdict === "other");
    const names = [...new Set(found.map(({ use }) => use.node.op))].slice(0, MAX_NAMED);
    const isMultiplied = found.some(({ use }) => isProduct(use));
    return { onlyFeeds: onlyOthers ? names : undefined, position: firstTelling(found) ?? earliest, isMultiplied };
  };
}

function isProduct(use: Use): boolean {
  return OTHER_PRODUCTS.has(use.node.op) || MULTIPLIED.has(operatorHints(use, [])?.role);
}

function verdictOn(use: Use, isFolded: (use: Use) => boolean): Verdict {
  const { op, domain } = use.node;
  if (SHAPE_ONLY.has(op)) return "other";
  // Their other input tells a type or sides, whether constant or not.
  if ((op === "CastLike" && use.input === 0) || isReshape(use)) return "follow";
  const isKnown = operatorHints(use, []) !== undefined;
  const folded = isFolded(use);
  // A look-up at fixed indices only rearranges a table.
  if (folded && (!isKnown || op === "Gather")) return "follow";
  if (isKnown) return "known";
  if (use.input >= (ROTARY_TABLES.get(op) ?? Number.POSITIVE_INFINITY)) return "other";
  return OWN_DOMAINS.has(domain) && !MAY_MULTIPLY.has(op) ? "other" : "unknown";
}

function firstTelling(found: readonly { readonly use: Use; readonly verdict: Verdict }[]): number | undefined {
  const positions = found.flatMap(({ use, verdict }) => (verdict === "known" ? [use.node.position] : []));
  return positions.length === 0 ? undefined : Math.min(...positions);
}
