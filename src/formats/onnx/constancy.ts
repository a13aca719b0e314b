import type { Pace } from "../../bytes/pace.js";
import type { GraphNode } from "./node-proto.js";
import type { Scope, Use } from "./scope.js";
import type { Lookup } from "./tensor-lookup.js";

/** The largest number of consecutive nodes that are followed. */
export const MAX_STEPS = 32;

const CONTROL_FLOW: ReadonlySet<string> = new Set(["If", "Loop", "Scan", "SequenceMap"]);

/**
 * Whether all inputs of a node are constant. Computed once per node: a node of 10,000 inputs is reached from each of
 * them.
 */
export function folding(isConstant: Constancy): (use: Use) => boolean {
  const known = new Map<GraphNode, boolean>();
  return ({ node, scope }) => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const answer = !CONTROL_FLOW.has(node.op) && node.inputs.every((input) => input === "" || isConstant(scope, input));
    known.set(node, answer);
    return answer;
  };
}

type Constancy = (scope: Scope, name: string) => boolean;

/**
 * Whether a value is a tensor of the file, or computed only from such tensors by at most `MAX_STEPS` consecutive nodes.
 */
export function constancy(lookup: Lookup, pace: Pace): Constancy {
  const known = new Map<Scope, Map<string, boolean>>();
  const decide = (scope: Scope, name: string, steps: number): boolean => {
    pace.spend(1);
    const names = known.get(scope) ?? new Map<string, boolean>();
    known.set(scope, names);
    const before = names.get(name);
    if (before !== undefined) return before;
    // Until it is decided: a value that is computed from itself is not a constant.
    names.set(name, false);
    const answer = lookup(scope, name) !== undefined || isComputed(scope, name, steps);
    names.set(name, answer);
    return answer;
  };
  const isComputed = (scope: Scope, name: string, steps: number): boolean => {
    let at: Scope | undefined = scope;
    while (at !== undefined && !at.defines(name)) at = at.outer;
    const producer = at?.producer(name);
    if (at === undefined || producer === undefined || producer.inputs.length === 0 || steps === MAX_STEPS) return false;
    const owner = at;
    return (
      !CONTROL_FLOW.has(producer.op) &&
      producer.inputs.every((input) => input === "" || decide(owner, input, steps + 1))
    );
  };
  return (scope, name) => decide(scope, name, 0);
}
