import type { JsonValue } from "../../bytes/json-value.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import type { TensorHints } from "../tensor.js";
import {
  executionOrder,
  type Graph,
  INPUT_STEPS,
  MAX_NAMED,
  type Node,
  readNodes,
  USE_STEPS,
  usesOf,
} from "./graph-nodes.js";
import { CONSTANT, GATHER, NO_PRODUCT, OPS, PASSES } from "./graph-operations.js";
import type { Topology } from "./topology.js";

/**
 * The largest number of consecutive operations followed, and of uses examined for one weight: a graph may refer back to
 * itself any number of times.
 */
const MAX_STEPS = 32;
const MAX_USES = 1000;

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
  let looked = 0;
  let undecided = !positions.has(constant);
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
