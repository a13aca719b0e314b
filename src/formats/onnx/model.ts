import type { Pace } from "../../bytes/pace.js";
import { type GraphNode, type Inner, readNode } from "./node-proto.js";
import { Scope } from "./scope.js";
import { readSparseTensor, type SparseTensor } from "./sparse-tensor.js";
import { readTensorProto, type TensorProto } from "./tensor-proto.js";
import type { Field, Span, Wire } from "./wire.js";

/** The largest unrolled graphs have some 100,000. A node takes more memory when read than in the file. */
const MAX_NODES = 500_000;
const MAX_TENSORS = 1_000_000;
/** Bodies within bodies: scripted models reach five or so. */
const MAX_DEPTH = 32;

/** Steps to read a node or an initialiser. */
const NODE_STEPS = 64;

/** A tensor of a graph, with the graph in which its name is defined. */
export interface GraphTensor {
  readonly name: string;
  readonly scope: Scope;
  readonly proto: TensorProto;
  /** True if a Constant node holds it, not the graph's list of initialisers. */
  readonly constant: boolean;
}

export interface Model {
  readonly tensors: readonly GraphTensor[];
  readonly sparse: readonly (SparseTensor & { readonly scope: Scope })[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

const MODEL = {
  irVersion: 1,
  producer: 2,
  producerVersion: 3,
  graph: 7,
  metadata: 14,
  training: 20,
  functions: 25,
} as const;
const GRAPH = { node: 1, initializer: 5, input: 11, sparse: 15 } as const;
const FUNCTION = { name: 1, input: 4, node: 7, domain: 10 } as const;
const VALUE_INFO_NAME = 1;

/** Reads a ModelProto, without the elements of its tensors. */
export async function readModel(wire: Wire, byteLength: number, pace: Pace): Promise<Model> {
  const reader = new ModelReader(wire, pace);
  await reader.model({ begin: 0, end: byteLength });
  return reader;
}

class ModelReader implements Model {
  readonly tensors: GraphTensor[] = [];
  readonly sparse: (SparseTensor & { scope: Scope })[] = [];
  readonly metadata = new Map<string, string>();
  readonly warnings: string[] = [];
  private nodes = 0;
  private readonly prefixes = new Map<string, number>();
  /** The scopes of local functions that were read, by domain and name. */
  private readonly functions = new Map<string, Scope>();

  constructor(
    private readonly wire: Wire,
    private readonly pace: Pace,
  ) {}

  async model(span: Span): Promise<void> {
    let graph: Span | undefined;
    let training = 0;
    const functions: Span[] = [];
    await this.wire.walk(span, async (field) => {
      if (field.number === MODEL.producer) this.metadata.set("producer_name", this.wire.text(field, "producer_name"));
      if (field.number === MODEL.producerVersion)
        this.metadata.set("producer_version", this.wire.text(field, "producer_version"));
      if (field.number === MODEL.irVersion) {
        this.wire.expect(field, "varint", "ir_version");
        this.metadata.set("ir_version", String(field.value));
      }
      if (field.number === MODEL.metadata) await this.metadataEntry(field);
      if (field.number === MODEL.training) training++;
      if (field.number === MODEL.functions) functions.push(this.message(field, "a function"));
      if (field.number === MODEL.graph) {
        if (graph !== undefined) this.wire.fail("the model has two graphs", field.begin);
        graph = this.message(field, "the graph");
      }
    });
    if (graph === undefined) return this.wire.fail("the file holds no graph", 0);
    // Functions come first: their calls need to know how they use their inputs.
    for (const span of await this.inCallOrder(functions)) await this.function(span);
    await this.graph(graph, new Scope(""), 0);
    if (training > 0) this.warnings.push("the model's training graphs were skipped");
  }

  private async graph(span: Span, scope: Scope, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) this.wire.fail(`graphs are nested deeper than ${MAX_DEPTH}`, span.begin);
    const names = new Set<string>();
    await this.wire.walk(span, async (field) => {
      if (field.number === GRAPH.node) await this.node(this.message(field, "a node"), scope, depth);
      if (field.number === GRAPH.input) await this.input(this.message(field, "an input"), scope);
      if (field.number === GRAPH.initializer) {
        if (this.pace.spend(NODE_STEPS)) await this.pace.turn();
        const proto = await readTensorProto(this.wire, this.message(field, "an initializer"));
        if (names.has(proto.name)) this.wire.fail(`two initializers are called "${proto.name}"`, field.begin);
        names.add(proto.name);
        this.addTensor({ name: proto.name, scope, proto, constant: false });
      }
      if (field.number === GRAPH.sparse) {
        const sparse = await readSparseTensor(this.wire, this.message(field, "a sparse initializer"));
        if (names.has(sparse.name)) this.wire.fail(`two initializers are called "${sparse.name}"`, field.begin);
        names.add(sparse.name);
        scope.define(sparse.name);
        this.sparse.push({ ...sparse, scope });
      }
    });
    scope.close();
  }

  private async node(span: Span, scope: Scope, depth: number): Promise<void> {
    if (this.pace.spend(NODE_STEPS)) await this.pace.turn();
    if (++this.nodes > MAX_NODES) this.wire.fail(`more than ${MAX_NODES} nodes`, span.begin);
    const { node, inner } = await readNode(this.wire, span, this.nodes);
    scope.add(node);
    const called = this.functions.get(functionKey(node.domain, node.op));
    if (called !== undefined) scope.passInto(node, called);
    for (const span of inner) {
      if (span.kind === "graph") {
        const body = new Scope(this.bodyPrefix(scope, node, span), scope);
        await this.graph(span, body, depth + 1);
        // A loop's body and a scan's take the node's inputs as their own, in order.
        if (node.op === "Loop" || node.op === "Scan") scope.passInto(node, body);
      } else if (node.op === "Constant") await this.constant(span, node, scope);
    }
  }

  private async constant(span: Inner, { outputs }: GraphNode, scope: Scope): Promise<void> {
    const name = outputs[0] ?? "";
    if (span.kind === "sparse") {
      this.sparse.push({ ...(await readSparseTensor(this.wire, span)), name, scope });
      return;
    }
    this.addTensor({ name, scope, proto: await readTensorProto(this.wire, span), constant: true });
  }

  private addTensor(tensor: GraphTensor): void {
    tensor.scope.define(tensor.name);
    if (this.tensors.push(tensor) > MAX_TENSORS)
      this.wire.fail(`more than ${MAX_TENSORS} tensors`, tensor.proto.offset);
  }

  /** Functions in such an order that one comes after those that it calls; ONNX forbids recursion. */
  private async inCallOrder(functions: readonly Span[]): Promise<readonly Span[]> {
    const byKey = new Map<string, { readonly span: Span; readonly calls: readonly string[] }>();
    for (const span of functions) {
      if (this.pace.spend(NODE_STEPS)) await this.pace.turn();
      let name = "";
      let domain = "";
      const calls: string[] = [];
      await this.wire.walk(span, async (field) => {
        if (field.number === FUNCTION.name) name = this.wire.text(field, "a function's name");
        if (field.number === FUNCTION.domain) domain = this.wire.text(field, "a function's domain");
        if (field.number !== FUNCTION.node) return;
        if (this.pace.spend(NODE_STEPS)) await this.pace.turn();
        const { node } = await readNode(this.wire, this.message(field, "a node"), 0);
        calls.push(functionKey(node.domain, node.op));
      });
      // Two functions of one name are invalid; both are read, the second under the name.
      const key = functionKey(domain, name);
      byKey.set(byKey.has(key) ? `${key}\0${span.begin}` : key, { span, calls: [...new Set(calls)] });
    }
    const ordered: Span[] = [];
    const seen = new Set<string>();
    const open: string[] = [...byKey.keys()].reverse();
    while (open.length > 0) {
      const key = open[open.length - 1];
      const known = byKey.get(key);
      const waiting = seen.has(key) ? [] : (known?.calls ?? []).filter((call) => byKey.has(call) && !seen.has(call));
      seen.add(key);
      if (this.pace.spend(1 + waiting.length)) await this.pace.turn();
      if (waiting.length > 0) {
        open.push(...waiting);
        continue;
      }
      open.pop();
      if (known !== undefined) ordered.push(known.span);
      byKey.delete(key);
    }
    return ordered;
  }

  /**
   * A function's nodes are a graph without initialisers. Its parameters get their values from its calls: their uses in
   * the function are uses of those values.
   */
  private async function(span: Span): Promise<void> {
    let name = "";
    let domain = "";
    const inputs: string[] = [];
    const nodes: Span[] = [];
    await this.wire.walk(span, (field) => {
      if (field.number === FUNCTION.name) name = this.wire.text(field, "a function's name");
      if (field.number === FUNCTION.domain) domain = this.wire.text(field, "a function's domain");
      if (field.number === FUNCTION.input) inputs.push(this.wire.text(field, "a function's input"));
      if (field.number === FUNCTION.node) nodes.push(this.message(field, "a node"));
    });
    const scope = new Scope(this.uniquePrefix(name));
    for (const input of inputs) scope.addInput(input);
    for (const node of nodes) await this.node(node, scope, 0);
    this.functions.set(functionKey(domain, name), scope);
  }

  private async input(span: Span, scope: Scope): Promise<void> {
    await this.wire.walk(span, (field) => {
      if (field.number === VALUE_INFO_NAME) scope.addInput(this.wire.text(field, "an input's name"));
    });
  }

  private async metadataEntry(field: Field): Promise<void> {
    let key = "";
    let value = "";
    await this.wire.walk(this.message(field, "an entry of metadata_props"), (part) => {
      if (part.number === 1) key = this.wire.text(part, "a key of metadata_props");
      // Whole tokenizers are stored here; a report does not need them.
      if (part.number === 2 && part.bytes !== undefined) value = this.wire.text(part, "a value of metadata_props");
    });
    this.metadata.set(key, value);
  }

  private message(field: Field, what: string): Span {
    this.wire.expect(field, "bytes", what);
    return { begin: field.begin, end: field.end };
  }

  private bodyPrefix(scope: Scope, { name, op }: GraphNode, { attribute }: Inner): string {
    return this.uniquePrefix(`${scope.prefix}${name === "" ? op : name}/${attribute}`);
  }

  /** Two bodies of one name are distinguished by a number. */
  private uniquePrefix(wanted: string): string {
    const uses = (this.prefixes.get(wanted) ?? 0) + 1;
    this.prefixes.set(wanted, uses);
    return uses === 1 ? `${wanted}/` : `${wanted} (${uses})/`;
  }
}

function functionKey(domain: string, name: string): string {
  return `${domain}\0${name}`;
}
