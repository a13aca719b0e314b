import type { JsonObject, JsonValue } from "../../bytes/json-value.js";
import type { Pace, Steps } from "../../bytes/pace.js";

/** A node of the graph. */
export interface Node {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes whose values are inputs. */
  readonly inputs: readonly string[];
  readonly json: JsonObject;
}

/** An input of a node that takes a weight. */
export interface Use {
  readonly node: Node;
  /** The input that takes the weight. */
  readonly input: number;
}

/** The largest number of operations named in a reason. */
export const MAX_NAMED = 4;

/** Steps to read a node. */
const NODE_STEPS = 16;
/** Steps to follow an input to its node. */
export const INPUT_STEPS = 2;
/** Steps to examine one use of a weight. */
export const USE_STEPS = 8;

/** The graph, by uses and by an order of execution. */
export interface Graph {
  /** For every node's name, the uses of its output. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Position of every node in an order in which each comes after its inputs. */
  readonly positions: ReadonlyMap<string, number>;
  /** Nodes that compute from constants alone. */
  readonly folded: ReadonlySet<string>;
  readonly pace: Pace;
}

/** The nodes of the graph. Throws `FormatError` if they are malformed. */
export function* readNodes(topology: JsonValue | undefined, pace: Pace): Steps<Node[]> {
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

/** For every node's name, the uses of its output. */
export function* usesOf(nodes: readonly Node[], pace: Pace): Steps<Map<string, Use[]>> {
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
export function* executionOrder(nodes: readonly Node[], pace: Pace): Steps<Map<string, number>> {
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
