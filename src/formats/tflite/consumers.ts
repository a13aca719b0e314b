import type { Pace, Steps } from "../../bytes/pace.js";
import type { TensorHints } from "../tensor.js";
import type { Model, Operator, Subgraph } from "./model-types.js";
import { isShuffled, operatorHints, operatorName, passesOn, takesToAnotherGraph, type Use } from "./operators.js";

/** Steps to examine one use. */
const USE_STEPS = 4;
/** The largest number of uses examined for one weight. */
const MAX_USES = 1000;
/** The largest number of consecutive operators that are followed. */
const MAX_STEPS = 32;
/** The largest number of operators named in a reason. */
const MAX_NAMED = 4;

/** How a subgraph uses one of its tensors. */
export interface Consumption {
  readonly hints?: TensorHints | undefined;
  /** True if an old kernel stores the weight in an order of its own. */
  readonly shuffled: boolean;
  /** Position of the operator that takes it as a weight, else of the first that takes it; undefined if none does. */
  readonly position?: number | undefined;
}

/**
 * How the operators of a subgraph use its constants: the first that takes one as a weight decides, directly or through
 * operators that pass it on or compute from constants alone. If no use multiplies or looks up by it, `hints` says so.
 * The returned functions spend their steps without a pause: one constant takes at most about 1 ms, and the caller
 * pauses before the next.
 */
export function* consumptionIn(
  { operators }: Subgraph,
  { isConstant, pace }: { readonly isConstant: (tensor: number) => boolean; readonly pace: Pace },
): Steps<(tensor: number) => Consumption> {
  const uses = yield* usesOf(operators, pace);
  const folded = yield* foldedBy(operators, { isConstant, pace });
  return (tensor) => {
    const found: { readonly use: Use; readonly isKnown: boolean; readonly open: boolean }[] = [];
    const seen = new Set<number>([tensor]);
    const open = [{ tensor, steps: 0 }];
    let looked = 0;
    let undecided = operators.length === 0;
    for (let next = open.pop(); next !== undefined && looked <= MAX_USES; next = open.pop()) {
      for (const use of uses.get(next.tensor) ?? []) {
        pace.spend(USE_STEPS);
        if (++looked > MAX_USES) break;
        const gather = use.operator.code === GATHER;
        const isKnown = operatorHints(use) !== undefined;
        const follow = passesOn(use) || (folded.has(use.operator) && (!isKnown || gather));
        if (!follow) found.push({ use, isKnown, open: !isKnown && takesToAnotherGraph(use) });
        else if (next.steps === MAX_STEPS) undecided = true;
        else {
          for (const output of use.operator.outputs) {
            if (!seen.has(output)) open.push({ tensor: output, steps: next.steps + 1 });
            seen.add(output);
          }
        }
      }
    }
    const taking = found.filter(({ isKnown }) => isKnown).sort((a, b) => a.use.position - b.use.position);
    if (taking.length > 0) {
      const [{ use }] = taking;
      return { hints: operatorHints(use), shuffled: isShuffled(use), position: use.position };
    }
    const positions = found.map(({ use }) => use.position);
    const position = positions.length === 0 ? undefined : Math.min(...positions);
    if (undecided || looked > MAX_USES || found.some((each) => each.open)) return { shuffled: false, position };
    const onlyFeeds = [...new Set(found.map(({ use }) => operatorName(use.operator)))].slice(0, MAX_NAMED);
    return { hints: { onlyFeeds }, shuffled: false, position };
  };
}

const GATHER = 36;

/** Which tensors of a subgraph have bytes in the file. */
export function constantsOf({ tensors }: Subgraph, buffers: Model["buffers"]): (tensor: number) => boolean {
  return (tensor) => (buffers[tensors[tensor]?.buffer ?? -1]?.length ?? 0) > 0;
}

function* usesOf(operators: readonly Operator[], pace: Pace): Steps<ReadonlyMap<number, readonly Use[]>> {
  const uses = new Map<number, Use[]>();
  for (const [position, operator] of operators.entries()) {
    if (pace.spend(1 + operator.inputs.length)) yield;
    operator.inputs.forEach((tensor, input) => {
      const known = uses.get(tensor);
      if (known === undefined) uses.set(tensor, [{ operator, input, position }]);
      else known.push({ operator, input, position });
    });
  }
  return uses;
}

/**
 * The operators whose inputs are all constant, or computed from constants; TFLite lists operators in the order in which
 * they run.
 */
function* foldedBy(
  operators: readonly Operator[],
  { isConstant, pace }: { readonly isConstant: (tensor: number) => boolean; readonly pace: Pace },
): Steps<ReadonlySet<Operator>> {
  const folded = new Set<Operator>();
  const computed = new Set<number>();
  for (const operator of operators) {
    const { inputs, outputs } = operator;
    if (pace.spend(1 + inputs.length + outputs.length)) yield;
    if (inputs.length === 0 || !inputs.every((tensor) => isConstant(tensor) || computed.has(tensor))) continue;
    if (takesToAnotherGraph({ operator, input: 0, position: 0 })) continue;
    folded.add(operator);
    for (const output of outputs) computed.add(output);
  }
  return folded;
}
