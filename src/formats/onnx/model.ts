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
const FUNCTION = { name: 1, node: 7 } as const;
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
    await this.graph(graph, new Scope(""), 0);
    for (const span of functions) await this.function(span);
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
    for (const span of inner) {
      if (span.kind === "graph")
        await this.graph(span, new Scope(this.bodyPrefix(scope, node, span), scope), depth + 1);
      else if (node.op === "Constant") await this.constant(span, node, scope);
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

  /**
   * A function's nodes are a graph without initialisers. Its parameters get their values from the call, which is not
   * followed.
   */
  private async function(span: Span): Promise<void> {
    let name = "";
    const nodes: Span[] = [];
    await this.wire.walk(span, (field) => {
      if (field.number === FUNCTION.name) name = this.wire.text(field, "a function's name");
      if (field.number === FUNCTION.node) nodes.push(this.message(field, "a node"));
    });
    const scope = new Scope(this.uniquePrefix(name));
    for (const node of nodes) await this.node(node, scope, 0);
  }

  private async input(span: Span, scope: Scope): Promise<void> {
    await this.wire.walk(span, (field) => {
      if (field.number === VALUE_INFO_NAME) scope.define(this.wire.text(field, "an input's name"));
    });
  }

  private async metadataEntry(field: Field): Promise<void> {
    let [key, value] = ["", ""];
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
