import type { GraphNode } from "./node-proto.js";

/** A use of a value: the node that takes it, and as which input. */
export interface Use {
  readonly node: GraphNode;
  readonly input: number;
  /** The scope in which the node's own outputs are defined. */
  readonly scope: Scope;
}

/** Uses of an input that are passed to its caller: a function that is called a thousand times has few. */
const MAX_PASSED_USES = 16;

/**
 * The names of one graph. A body (of If, Loop, Scan) sees the names of the graph around it; a name that a body uses but
 * does not define is used in that graph.
 */
export class Scope {
  private readonly byName = new Map<string, Use[]>();
  private readonly defined = new Set<string>();
  private readonly producers = new Map<string, GraphNode>();
  private readonly inputs: string[] = [];

  constructor(
    /** The prefix of its tensors' names in this file's list: "" for the main graph. */
    readonly prefix: string,
    readonly outer?: Scope,
  ) {}

  define(name: string): void {
    this.defined.add(name);
  }

  /** An input of the graph or function, in its order: who calls it gives it a value. */
  addInput(name: string): void {
    this.define(name);
    this.inputs.push(name);
  }

  /**
   * Registers that the inputs of a node are those of a body or function, in order: uses there are uses of the node's
   * inputs, at the node's position.
   */
  passInto({ inputs, position }: GraphNode, callee: Scope): void {
    for (const [k, name] of inputs.entries()) {
      const input = callee.inputs[k];
      if (input === undefined || name === "") continue;
      for (const use of callee.uses(input).slice(0, MAX_PASSED_USES))
        this.note(name, { ...use, node: { ...use.node, position } });
    }
  }

  defines(name: string): boolean {
    return this.defined.has(name);
  }

  /** Registers a node's inputs and outputs. */
  add(node: GraphNode): void {
    node.inputs.forEach((name, input) => {
      if (name !== "") this.note(name, { node, input, scope: this });
    });
    for (const name of node.outputs) {
      this.define(name);
      this.producers.set(name, node);
    }
  }

  /** Must be called once the whole graph was added. */
  close(): void {
    if (this.outer === undefined) return;
    for (const [name, uses] of this.byName)
      if (!this.defined.has(name)) for (const use of uses) this.outer.note(name, use);
  }

  /** No node was added: the file holds tensors and no computation. */
  get isEmpty(): boolean {
    return this.byName.size === 0 && this.producers.size === 0;
  }

  uses(name: string): readonly Use[] {
    return this.byName.get(name) ?? [];
  }

  /** The node of this graph that produces a value; undefined if it comes from elsewhere. */
  producer(name: string): GraphNode | undefined {
    return this.producers.get(name);
  }

  private note(name: string, use: Use): void {
    const known = this.byName.get(name);
    if (known === undefined) this.byName.set(name, [use]);
    else known.push(use);
  }
}
