import type { Field, Span, Wire } from "./wire.js";

/** An operation of the graph, as far as it matters to its weights. */
export interface GraphNode {
  /** Position among the file's nodes, which ONNX lists so that each comes after those that feed it. */
  readonly position: number;
  readonly op: string;
  /** "" and "ai.onnx" are ONNX's own operators. */
  readonly domain: string;
  readonly name: string;
  /** Names of inputs and outputs; "" if an optional one is omitted. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are whole numbers, or lists of them. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
}

/** An attribute that may hold weights: a tensor, a sparse tensor, or a graph of its own. */
export interface Inner extends Span {
  readonly kind: "tensor" | "sparse" | "graph";
  readonly attribute: string;
}

const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = {
  name: 1,
  integer: 3,
  tensor: 5,
  graph: 6,
  integers: 8,
  tensors: 10,
  graphs: 11,
  sparse: 22,
  sparses: 23,
} as const;

/** The widest operators (Concat of an unrolled loop) take some thousand inputs. */
const MAX_PORTS = 100_000;
/** Permutations, pads and strides have a number or two per axis; longer lists say nothing about a weight. */
const MAX_INTEGERS = 128;
const MAX_ATTRIBUTES = 1024;

const INNER_KINDS: ReadonlyMap<number, Inner["kind"]> = new Map([
  [ATTRIBUTE.tensor, "tensor"],
  [ATTRIBUTE.tensors, "tensor"],
  [ATTRIBUTE.sparse, "sparse"],
  [ATTRIBUTE.sparses, "sparse"],
  [ATTRIBUTE.graph, "graph"],
  [ATTRIBUTE.graphs, "graph"],
]);

/** Reads a NodeProto. Tensors and graphs in its attributes are returned as spans. */
export async function readNode(wire: Wire, span: Span, position: number): Promise<{ node: GraphNode; inner: Inner[] }> {
  const node = {
    position,
    op: "",
    domain: "",
    name: "",
    inputs: [] as string[],
    outputs: [] as string[],
    integers: new Map<string, number[]>(),
  };
  const attributes: Span[] = [];
  await wire.walk(span, (field) => {
    if (field.number === NODE.input) node.inputs.push(wire.text(field, "an input's name"));
    if (field.number === NODE.output) node.outputs.push(wire.text(field, "an output's name"));
    if (field.number === NODE.name) node.name = wire.text(field, "a node's name");
    if (field.number === NODE.op) node.op = wire.text(field, "a node's operator");
    if (field.number === NODE.domain) node.domain = wire.text(field, "a node's domain");
    if (field.number === NODE.attribute) {
      wire.expect(field, "bytes", "an attribute");
      attributes.push({ begin: field.begin, end: field.end });
    }
    if (Math.max(node.inputs.length, node.outputs.length) > MAX_PORTS)
      wire.fail(`a node has more than ${MAX_PORTS} inputs`, field.begin);
    if (attributes.length > MAX_ATTRIBUTES) wire.fail(`a node has more than ${MAX_ATTRIBUTES} attributes`, field.begin);
  });
  const inner: Inner[] = [];
  for (const attribute of attributes) {
    const read = await readAttribute(wire, attribute);
    if (read.integers.length > 0) node.integers.set(read.name, read.integers);
    inner.push(...read.inner.map((span) => ({ ...span, attribute: read.name })));
  }
  return { node, inner };
}

async function readAttribute(wire: Wire, span: Span) {
  let name = "";
  const integers: number[] = [];
  const inner: Omit<Inner, "attribute">[] = [];
  await wire.walk(span, (field) => {
    if (field.number === ATTRIBUTE.name) name = wire.text(field, "an attribute's name");
    if (field.number === ATTRIBUTE.integer || field.number === ATTRIBUTE.integers) takeIntegers(wire, field, integers);
    const kind = INNER_KINDS.get(field.number);
    if (kind === undefined) return;
    wire.expect(field, "bytes", `a ${kind} in an attribute`);
    inner.push({ kind, begin: field.begin, end: field.end });
  });
  return { name, integers: integers.length > MAX_INTEGERS ? [] : integers, inner };
}

/** Long lists (values_int of a Constant) are skipped. */
function takeIntegers(wire: Wire, field: Field, integers: number[]): void {
  if (integers.length > MAX_INTEGERS) return;
  const long = field.wire === "bytes" && field.end - field.begin > MAX_INTEGERS * 10;
  if (long) integers.push(...new Array(MAX_INTEGERS + 1).fill(0));
  else wire.integersInPlace(field, integers, { what: "an attribute", limit: MAX_INTEGERS * 12 });
}
