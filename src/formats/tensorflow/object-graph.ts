import { crc32c } from "../../bytes/checksum.js";
import { FormatError } from "../../bytes/errors.js";
import { masked } from "../../bytes/masked-checksum.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import type { OpenedFile } from "../reader.js";
import type { BundleEntry } from "./bundle.js";
import { STRING } from "./data-types.js";
import { bytesIn, type MessageField, messageFields, numberIn, textOf } from "./message.js";
import { PackedBytes, type Refuse } from "./packed-bytes.js";

/** The key under which TensorFlow 2 stores the tree of objects that owned the variables. */
export const OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";
/**
 * A node costs some 100 bytes; trees of large models have a few MB. Without the tree, variables are named by their
 * paths.
 */
export const MAX_GRAPH_BYTES = 16 * 2 ** 20;
/** Maximum number of objects, and of their attributes: one per variable, and a few more. */
const MAX_NODES = 1_000_000;
const MAX_NAME_BYTES = 4096;

const GRAPH_NODE = 1;
const NODE = { attributes: 2, slots: 3 } as const;
const ATTRIBUTE = { fullName: 2, key: 3 } as const;
const SLOT = { name: 2, node: 3 } as const;

/** Names and slots of the bundle's tensors from the tree of objects, by their keys. */
export interface ObjectGraph {
  /** "sequential/d1/kernel": TensorFlow's name for the variable. */
  readonly fullNames: ReadonlyMap<string, string>;
  /** Variables that an optimizer keeps for another one, by its name for them ("m", "momentum"). */
  readonly slots: ReadonlyMap<string, string>;
}

export const NO_OBJECT_GRAPH: ObjectGraph = { fullNames: new Map(), slots: new Map() };

interface GraphContext {
  readonly shard: OpenedFile;
  readonly where: ErrorLocation;
  readonly signal?: AbortSignal | undefined;
  readonly pace: Pace;
}

/** Steps to read a field of the tree, or of a node. */
const NODE_STEPS = 16;

/**
 * Reads the tree of objects from its tensor, a single string of at most `MAX_GRAPH_BYTES`. Nothing that it describes is
 * built or run.
 */
export async function readObjectGraph(
  entry: BundleEntry,
  { shard, where, signal, pace }: GraphContext,
): Promise<ObjectGraph> {
  const { offset, size, type, count } = entry;
  const refuse: Refuse = (reason) => {
    throw new FormatError(reason, { ...where, file: shard.name, tensor: OBJECT_GRAPH_KEY, kind: "malformed", offset });
  };
  if (type !== STRING || count !== 1 || entry.slices > 0) refuse("the tree of objects is not a single string");
  const range = { ...where, file: shard.name, tensor: OBJECT_GRAPH_KEY, offset, length: size, signal };
  const text = singleString(await readRange(shard.source, range), entry, refuse);
  return pace.run(parseObjectGraph(text, refuse, pace));
}

/**
 * A string tensor: the lengths of all strings as varints, a checksum of those lengths, then the strings. The entry's
 * checksum counts a length as 4 bytes.
 */
function singleString(stored: Uint8Array, { checksum }: BundleEntry, refuse: Refuse): Uint8Array {
  const packed = new PackedBytes(stored, refuse);
  const length = packed.varint();
  const lengthBytes = Uint8Array.of(length, length >>> 8, length >>> 16, length >>> 24);
  const lengthChecksum = packed.take(4);
  if (length !== packed.left) refuse(`a string of ${length} bytes is declared, but only ${packed.left} are stored`);
  const text = packed.take(length);
  const found = [lengthBytes, lengthChecksum, text].reduce((crc, part) => crc32c(part, crc), 0);
  if (checksum !== undefined && masked(found) !== checksum)
    refuse("the checksum (masked CRC-32C) of the tree of objects is wrong");
  return text;
}

/**
 * A TrackableObjectGraph [tensorflow/core/protobuf/trackable_object_graph.proto]: the names that its nodes give their
 * variables.
 */
function* parseObjectGraph(bytes: Uint8Array, refuse: Refuse, pace: Pace): Steps<ObjectGraph> {
  const fullNames = new Map<string, string>();
  const attributes: { readonly node: number; readonly key: string }[] = [];
  const slotNodes = new Map<number, string>();
  let node = 0;
  for (const nodeField of messageFields(bytes, refuse)) {
    if (pace.spend(NODE_STEPS)) yield;
    if (nodeField.number !== GRAPH_NODE) continue;
    if (node >= MAX_NODES) return refuse(`a tree of more than ${MAX_NODES} objects`);
    for (const field of messageFields(bytesIn(nodeField, "a node", refuse), refuse)) {
      if (pace.spend(NODE_STEPS)) yield;
      if (field.number === NODE.attributes) {
        const { key, fullName } = readAttribute(bytesIn(field, "an attribute", refuse), refuse);
        if (fullName !== "") fullNames.set(key, fullName);
        if (attributes.push({ node, key }) > MAX_NODES) return refuse(`a tree with more than ${MAX_NODES} attributes`);
      }
      if (field.number === NODE.slots) {
        const slot = readSlot(bytesIn(field, "a slot variable", refuse), refuse);
        slotNodes.set(slot.node, slot.name);
      }
    }
    node++;
  }
  const slots = new Map<string, string>();
  for (const { node: owner, key } of attributes) {
    const slot = slotNodes.get(owner);
    if (slot !== undefined) slots.set(key, slot);
  }
  return { fullNames, slots };
}

function readAttribute(bytes: Uint8Array, refuse: Refuse): { key: string; fullName: string } {
  let key = "";
  let fullName = "";
  for (const field of messageFields(bytes, refuse)) {
    if (field.number === ATTRIBUTE.key) key = nameIn(field, "checkpoint_key", refuse);
    if (field.number === ATTRIBUTE.fullName) fullName = nameIn(field, "full_name", refuse);
  }
  return { key, fullName };
}

function readSlot(bytes: Uint8Array, refuse: Refuse): { node: number; name: string } {
  let node = 0;
  let name = "";
  for (const field of messageFields(bytes, refuse)) {
    if (field.number === SLOT.node) node = numberIn(field, "slot_variable_node_id", refuse);
    if (field.number === SLOT.name) name = nameIn(field, "slot_name", refuse);
  }
  return { node, name };
}

function nameIn(field: MessageField, what: string, refuse: Refuse): string {
  const bytes = bytesIn(field, what, refuse);
  return bytes.length > MAX_NAME_BYTES
    ? refuse(`${what} of ${bytes.length} bytes is too long for a name`)
    : textOf(bytes, what, refuse);
}
